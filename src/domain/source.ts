import type { MediaInfo } from './media.ts';

/** A media file that was found good enough to work on: where it is, what it is, and who it is. */
export type Source = {
  /** Absolute path; of a recording of several files, that of the first. */
  readonly path: string;
  /** `sha256:` and 64 hex digits of the file's bytes: its identity, wherever it lies. Of several files: over theirs. */
  readonly contentHash: string;
  /** Of several files: as long as all of them together, with the picture of the first that has one and the sound of all. */
  readonly info: MediaInfo;
  /** The files of one recording that were lined up by their sound; left out where the source is one file. */
  readonly members?: readonly SourceMember[];
};

/** One file of a recording: a microphone, a camera or both. */
export type SourceMember = {
  readonly path: string;
  readonly contentHash: string;
  readonly info: MediaInfo;
  /** Where in the recording's time this file begins, in ms; the earliest begins at 0. */
  readonly offsetMs: number;
  /** How much faster its clock runs than the first member's, in parts per million: its time t lies at offset + t × (1 − ppm / 10⁶). */
  readonly driftPpm: number;
  /** Who speaks into it, by its file name; undefined for a camera or a mix of all. */
  readonly speaker: string | undefined;
};
