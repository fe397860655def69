import type { MediaInfo } from '../../domain/media.ts';
import type { GraphInput } from '../../media/render-graph.ts';

/** A file or image asset that was found: where it is and what it holds. */
export type FoundAsset = { readonly path: string; readonly info: MediaInfo };

/** Filter text with what it reads. Each line is one chain; the last one ends in `[<label>]`. */
export type GraphPart = { readonly inputs: readonly GraphInput[]; readonly lines: readonly string[] };

/** Size in px. */
export type Size = { readonly width: number; readonly height: number };
