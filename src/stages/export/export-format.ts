import type { MediaInfo } from '../../domain/media.ts';

/** The formats that a timeline can be taken away in. */
export const exportFormats = ['otio', 'fcpxml', 'fcp7xml', 'edl', 'srt', 'vtt'] as const;
/** One of them. */
export type ExportFormat = (typeof exportFormats)[number];

/** How files of each format end. */
export const exportEndings: Readonly<Record<ExportFormat, string>> = {
  otio: '.otio',
  fcpxml: '.fcpxml',
  fcp7xml: '.xml',
  edl: '.edl',
  srt: '.srt',
  vtt: '.vtt',
};

/** What an exporter knows beside the timeline. */
export type ExportOptions = {
  /** Absolute folder that relative paths in the timeline count from. */
  readonly baseFolder: string;
  /**
   * What probing says of each file, by asset id. Editors place pictures by their own size, so without it a crop cannot be
   * carried over.
   */
  readonly media?: ReadonlyMap<string, MediaInfo>;
};

/** A timeline in another format, and in words what the format could not hold. */
export type ExportedTimeline = { readonly text: string; readonly dropped: readonly string[] };
