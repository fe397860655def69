import { mainVideo, type MediaInfo } from '../domain/media.ts';
import type { Estimate } from './events.ts';

/** What a job is, as far as its cost goes. */
export type JobSize = {
  readonly info: MediaInfo;
  /** How much of the source is listened to, in ms; 0 when a transcript is given or it was heard already. */
  readonly hearMs: number;
  /** How long all clips are together, in ms. */
  readonly clipsMs: number;
  readonly isPreview: boolean;
};

/** Rough figures of two idle cores, measured on talks of speech; a preview renders a ninth of the pixels. */
const figures = {
  /** Source time heard in a unit of time. */
  hearSpeed: 26,
  /** Time a unit of clip time, for 1080×1920 at 30 frames a second: rendering, and checking the result. */
  renderFactor: 0.6,
  previewRenderFactor: 0.2,
  checkFactor: 0.2,
  /** Bytes a millisecond of clip: 12 Mbit/s, which detailed pictures reach at CRF 20. Room must be there, so it is no mean. */
  clipBytesPerMs: 1500,
  previewBytesPerMs: 250,
  /** Everything that is not a clip. */
  otherBytes: 20_000_000,
} as const;

/** How long a job will take and how much room it needs: clips lie in the cache and in the folder, and once more while rendering. */
export function estimateJob({ info, hearMs, clipsMs, isPreview }: JobSize): Estimate {
  const video = mainVideo(info);
  // Reading larger pictures costs more than drawing the clip does: by their size against 1080p.
  const reading =
    video === undefined ? 0 : 0.2 * ((video.displayWidth * video.displayHeight) / (1920 * 1080));
  const factor = isPreview
    ? figures.previewRenderFactor + reading
    : figures.renderFactor + figures.checkFactor + reading;
  const bytesPerMs = isPreview ? figures.previewBytesPerMs : figures.clipBytesPerMs;
  return {
    timeMs: Math.round(hearMs / figures.hearSpeed + clipsMs * factor),
    diskBytes: Math.round(clipsMs * bytesPerMs * 2 + figures.otherBytes),
  };
}
