import type { Asset } from '../../domain/timeline.ts';
import type { VideoStream } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import type { Word } from '../../domain/transcript.ts';

/**
 * What a plan takes from a source: which files there are, whose picture and whose sound stands for each stretch of its time,
 * and where in a file a word was said. A source of one file answers plainly; a recording of several chooses.
 */

/** A stretch of the source's own time in frames of the timeline's rate, half-open. */
export type Piece = { readonly startFrame: number; readonly endFrame: number };

/** Part of a piece, and the picture that is seen there. */
export type ShownStretch = Piece & {
  readonly assetId: string;
  /** The stream that is seen, for its size. */
  readonly video: VideoStream;
  /** Which frame of the asset, conformed to the timeline's rate, is seen at `startFrame`. */
  readonly sourceStartFrame: number;
};

/** Part of a piece, and a sound that is heard there. */
export type HeardStretch = Piece & {
  /** Which audio track it goes on: `a1`, `a2` …; stretches of a track never overlap. */
  readonly trackId: string;
  readonly assetId: string;
  /** Which frame of the asset, conformed to the timeline's rate, is heard at `startFrame`. */
  readonly sourceStartFrame: number;
  readonly gainDb?: number;
};

/** Files, and what stands for each stretch of the source's time. All pure. */
export type SourceMaterial = {
  /** Every file asset that may be named below; those that a plan does not use are left out of it. */
  readonly assets: readonly Asset[];
  /** In order and without overlaps, inside the piece. Empty for sound alone; what is left uncovered shows the backdrop. */
  showPiece(piece: Piece, words: readonly Word[]): readonly ShownStretch[];
  /** Sorted by start on each track, inside the piece. Empty for a silent source. */
  hearPiece(piece: Piece, words: readonly Word[]): readonly HeardStretch[];
  /** The asset in which a word was said, and when in its time, in ms. */
  findWord(word: Word): { readonly assetId: string; readonly startMs: number; readonly endMs: number };
};

const assetId = 'source';

/** The material of a source that is one file. */
export function fileMaterial(source: Source): SourceMaterial {
  const video = mainVideo(source.info);
  const audio = mainAudio(source.info);
  const { durationMs } = source.info;
  return {
    assets: [
      {
        id: assetId,
        kind: 'file',
        path: source.path,
        contentHash: source.contentHash,
        durationMs,
        hasVideo: video !== undefined,
        hasAudio: audio !== undefined,
        ...(video === undefined ? {} : { videoStreamIndex: video.index }),
        ...(audio === undefined ? {} : { audioStreamIndex: audio.index }),
      },
    ],
    showPiece: (piece) =>
      video === undefined ? [] : [{ ...piece, assetId, video, sourceStartFrame: piece.startFrame }],
    hearPiece: (piece) =>
      audio === undefined ? [] : [{ ...piece, trackId: 'a1', assetId, sourceStartFrame: piece.startFrame }],
    findWord: (word) => ({
      assetId,
      startMs: word.startMs,
      endMs: Math.max(word.startMs, Math.min(word.endMs, durationMs)),
    }),
  };
}
