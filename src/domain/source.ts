import type { MediaInfo } from './media.ts';

/** A media file that was found good enough to work on: where it is, what it is, and who it is. */
export type Source = {
  /** Absolute path. */
  readonly path: string;
  /** `sha256:` and 64 hex digits of the file's bytes: its identity, wherever it lies. */
  readonly contentHash: string;
  readonly info: MediaInfo;
};
