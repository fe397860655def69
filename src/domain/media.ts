import type { Rational } from './time.ts';

/** One video stream of a file, as it should be shown: rotation and pixel shape are told apart from the coded size. */
export type VideoStream = {
  readonly index: number;
  readonly codec: string;
  /** Coded size in pixels, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Size in square pixels after rotation and sample aspect ratio: what a viewer sees. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  /** Clockwise turn that the player applies: 0, 90, 180 or 270 degrees. */
  readonly rotationDegrees: number;
  readonly sampleAspectRatio: Rational;
  /** Average frames a second, as the container says or as measured. */
  readonly frameRate: Rational;
  /** Whether the frames are unevenly spaced. */
  readonly isVariableFrameRate: boolean;
  readonly pixelFormat: string;
  readonly colorTransfer: string;
  readonly isInterlaced: boolean;
  /** A cover picture inside an audio file or a thumbnail, not a moving picture. */
  readonly isAttachedPicture: boolean;
  /** Whether the file says that this is the one to be seen. Left out where it does not say. */
  readonly isDefault?: boolean;
  /** Offset of the first frame from the start of the file, in ms. */
  readonly startMs: number;
};

/** One audio stream of a file. */
export type AudioStream = {
  readonly index: number;
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** ISO 639 code from the container, or undefined. */
  readonly language: string | undefined;
  readonly isDefault: boolean;
  readonly startMs: number;
};

/** What probing a file says of it. All times count from the start of the file. */
export type MediaInfo = {
  readonly container: string;
  readonly durationMs: number;
  readonly sizeBytes: number;
  readonly video: readonly VideoStream[];
  readonly audio: readonly AudioStream[];
  /** Title, artist and the like, as the container has them, at most 64 entries of at most 500 characters. */
  readonly tags: Readonly<Record<string, string>>;
};

/** The stream that a viewer would see: a default one before others, a larger before a smaller; never a cover picture. */
export function mainVideo(info: MediaInfo): VideoStream | undefined {
  const isDefault = (stream: VideoStream) => Number(stream.isDefault === true);
  return info.video
    .filter((stream) => !stream.isAttachedPicture)
    .toSorted((a, b) => isDefault(b) - isDefault(a) || b.width * b.height - a.width * a.height)[0];
}

/** The stream that a listener would hear: the default one, else the first. */
export function mainAudio(info: MediaInfo): AudioStream | undefined {
  return info.audio.find((stream) => stream.isDefault) ?? info.audio[0];
}
