import type { Rational } from '../domain/time.ts';
import type { LineGain } from './sound-line.ts';

/**
 * A render as plain data: what is read, one FFmpeg filter graph, and what comes out. It is made by pure functions that
 * tests compare as text, and run by `run-render.ts` in a child process.
 */

/** What a filter graph reads: a file as it is, or stretches of files that are laid end to end before they come in. */
export type GraphInput = FileInput | PictureInput | SoundInput;

/** One pass over one file from a time on. Times are seconds from the start of the file. */
export type FileInput = {
  /** Absolute path. */
  readonly path: string;
  /** Reading starts at the key frame before it, and frame times count from it: it is 0 in the filter graph. */
  readonly fromSeconds: number;
  /** Reading ends here. */
  readonly toSeconds: number;
  /** When the output first needs it, in output seconds: files are opened and read in that order. */
  readonly neededAtSeconds: number;
  /** Input seconds an output second: 2 is read twice as fast. */
  readonly speed: number;
  /** Streams of the file and the labels that the filter text gives them. */
  readonly streams: readonly { readonly index: number; readonly label: string }[];
};

/**
 * Stretches of one stream of pictures, however many, read with one decoder. They come into the graph end to end: numbered
 * frames of one rate, of each piece exactly as many as it says, so that nothing after has to conform or to cut.
 */
export type PictureInput = {
  readonly kind: 'pictures';
  readonly path: string;
  readonly streamIndex: number;
  /** Whether the file is a still picture (PNG, JPEG), which only then may be opened. */
  readonly isImage: boolean;
  readonly label: string;
  readonly frameRate: Rational;
  /** Filter text for the frames as they are decoded, before they are conformed to the rate: deinterlacing. */
  readonly filters: string | undefined;
  readonly pieces: readonly PicturePiece[];
};

/** A stretch of pictures: from a time of the file on, so many frames of the input's rate. */
export type PicturePiece = {
  readonly fromSeconds: number;
  readonly frames: number;
  /** Input seconds an output second. */
  readonly speed: number;
  /** When the output needs its first frame, in output seconds. */
  readonly neededAtSeconds: number;
};

/**
 * Sounds of files laid on one line of time, silence between them: stereo, 48 kHz, exactly `samples` long. Pieces come in
 * order of their start; one may overlap the next, and both sound there.
 */
export type SoundInput = {
  readonly kind: 'sound';
  readonly label: string;
  readonly samples: number;
  /** How far ahead of the output it is read, in seconds: for drawings of what is yet to be heard. */
  readonly aheadSeconds: number;
  /** When the output first needs it, in output seconds. */
  readonly neededAtSeconds: number;
  readonly pieces: readonly SoundPiece[];
};

/** A stretch of sound and its place, in samples of 48 kHz. */
export type SoundPiece = {
  readonly path: string;
  readonly streamIndex: number;
  readonly fromSeconds: number;
  readonly speed: number;
  readonly startSample: number;
  readonly samples: number;
  /** It comes and goes in straight lines over so many samples. */
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
  readonly gainDb: number;
  /** More gains over the output's time, beside `gainDb`, in order: music that makes way for a voice. */
  readonly gains?: readonly LineGain[] | undefined;
};

/** Of all sound that is put together, in hertz. */
export const soundSampleRateHz = 48_000;

/** One encoded stream of an output: a label of the filter text, an encoder by FFmpeg's name and its options. */
export type EncodedStream = {
  readonly kind: 'video' | 'audio';
  readonly label: string;
  readonly encoder: string;
  /** FFmpeg's option names and values: `{ preset: 'veryfast', crf: '20' }`. */
  readonly options: Readonly<Record<string, string>>;
};

/** A file that a render writes. */
export type FileOutput = {
  readonly kind: 'file';
  /** Absolute path; it is written directly, so give a temporary name. */
  readonly path: string;
  /** FFmpeg's muxer name: `mp4`. */
  readonly format: string;
  readonly formatOptions: Readonly<Record<string, string>>;
  readonly streams: readonly EncodedStream[];
};

/** Frames that are only looked at: the marks that measuring filters leave on them are collected. */
export type MeasureOutput = {
  readonly kind: 'measure';
  readonly media: 'video' | 'audio';
  readonly label: string;
  /** Keys of frame metadata to collect, each whenever its value changes: `lavfi.black_start`. */
  readonly keys: readonly string[];
};

/** Everything a render needs. */
export type RenderGraph = {
  readonly inputs: readonly GraphInput[];
  /** FFmpeg's filter graph syntax. File names in it are plain names of `files`. */
  readonly filters: string;
  readonly outputs: readonly (FileOutput | MeasureOutput)[];
  /** How long the output will be, in seconds: for progress only. */
  readonly durationSeconds: number;
  /** Files that filters read (captions, fonts): put into the folder the filters run in, under plain names, or into a folder of it: `c1/a.ass`. */
  readonly files: readonly (
    { readonly name: string; readonly text: string } | { readonly name: string; readonly copyOf: string }
  )[];
};

/** A mark that a filter left on a frame: when (output seconds), which, and its value. */
export type Mark = {
  readonly label: string;
  readonly seconds: number;
  readonly key: string;
  readonly value: string;
};

/** What a run saw: marks, how many frames (of sound: samples) each output got, how many were decoded, and what `ebur128` filters measured. */
export type RenderResult = {
  readonly marks: readonly Mark[];
  readonly counts: Readonly<Record<string, number>>;
  /** How many pictures decoders handed over, needed or not. */
  readonly decodedPictures: number;
  /** By the name after the `@` of each `ebur128@name` in the filter text. Silence is −70 LUFS; its peak −120 dBTP. */
  readonly loudness: Readonly<Record<string, MeasuredLoudness>>;
};

/** Loudness by EBU R128, as the `ebur128` filter measures it. */
export type MeasuredLoudness = {
  readonly integratedLufs: number;
  readonly rangeLu: number;
  readonly truePeakDbtp: number;
};
