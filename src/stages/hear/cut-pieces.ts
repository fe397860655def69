import type { TimeRange } from '../../domain/time.ts';
import { createSegmenter } from './speech-segments.ts';

/** How speech is cut into pieces for recognition. In ms. */
export const pieceRules = {
  /** Pieces aim to be at least this long … */
  minMs: 10_000,
  /** … and are never longer than this, margins aside: recognisers are trained on pieces of at most 30 s. */
  maxMs: 28_000,
  /** A silence this long ends a piece, however short it is: silence costs as much to recognise as speech. */
  longSilenceMs: 1500,
  /** Silence that is kept before and after a piece's speech, where there is that much. */
  marginMs: 200,
} as const;

/** A stretch of sound to recognise at once; `endsInSpeech` when no silence was there to cut at. */
export type PieceRange = TimeRange & { readonly endsInSpeech: boolean };

/** What is known of one window of sound. */
export type WindowSense = {
  /** Probability of speech. */
  readonly probability: number;
  /** Level, in dB relative to full scale. */
  readonly levelDbfs: number;
};

/** Cuts a stream into pieces, as its windows come. */
export interface PieceCutter {
  /** Takes the next window; gives the pieces that are now decided, in order. */
  push(sense: WindowSense): PieceRange[];
  /** Ends the stream; gives the rest. */
  finish(): PieceRange[];
  /** The segments of speech found so far. */
  readonly speech: readonly TimeRange[];
  /** Speech inside a piece, also where it is still going on. */
  speechIn(piece: TimeRange): TimeRange[];
  /** Sound before this time is not needed any more, in ms. */
  readonly neededFromMs: number;
}

/**
 * Cuts at the longest silence between 10 and 28 s after a piece's start, at a shorter one before if there is none, and only
 * in speech without any silence where it is quietest. So a piece is decided after at most 28 s and the cuts fall between
 * sentences more often than not. Times count from `startMs`; sound ends at `endMs` at the latest.
 */
export function createPieceCutter(windowMs: number, startMs: number, endMs: number): PieceCutter {
  const segmenter = createSegmenter(windowMs, startMs);
  const speech: TimeRange[] = [];
  /** Segments of speech that belong to no decided piece yet. */
  let waiting: TimeRange[] = [];
  /** Costs of cutting inside each window since `costsStartMs`. */
  let costs: number[] = [];
  let costsStartMs = startMs;
  let nowMs = startMs;
  /** Sound before this time belongs to a decided piece. */
  let decidedMs = startMs;

  const openStartMs = () => {
    const open = segmenter.openStartMs;
    // After a cut inside speech, what goes on began at the cut.
    return open === undefined ? undefined : Math.max(open, decidedMs);
  };

  const makePiece = (from: number, to: number, nextMs: number, endsInSpeech: boolean): PieceRange => {
    const start = Math.max(decidedMs, from - pieceRules.marginMs);
    // Half of a short silence belongs to the next piece.
    const end = endsInSpeech ? to : Math.min(to + pieceRules.marginMs, (to + nextMs) / 2, endMs);
    decidedMs = end;
    return { startMs: Math.round(start), endMs: Math.round(end), endsInSpeech };
  };

  const cutAfter = (index: number, nextMs: number): PieceRange => {
    const piece = makePiece(waiting[0]!.startMs, waiting[index]!.endMs, nextMs, false);
    waiting = waiting.slice(index + 1);
    return piece;
  };

  const decide = (): PieceRange | undefined => {
    const open = openStartMs();
    const firstMs = waiting[0]?.startMs ?? open;
    if (firstMs === undefined) return undefined;
    const silences = waiting.map((segment, index) => {
      const nextMs = waiting[index + 1]?.startMs ?? open ?? nowMs;
      return { index, startMs: segment.endMs, nextMs, lengthMs: nextMs - segment.endMs };
    });
    const long = silences.find((silence) => silence.lengthMs >= pieceRules.longSilenceMs);
    if (long !== undefined && long.startMs - firstMs <= pieceRules.maxMs) {
      return cutAfter(long.index, long.nextMs);
    }
    if (nowMs - firstMs < pieceRules.maxMs) return undefined;
    const inReach = silences.filter((silence) => silence.startMs - firstMs <= pieceRules.maxMs);
    const wanted = inReach.filter((silence) => silence.startMs - firstMs >= pieceRules.minMs);
    const best = (wanted.length > 0 ? wanted : inReach).toSorted((a, b) => b.lengthMs - a.lengthMs)[0];
    if (best !== undefined) return cutAfter(best.index, best.nextMs);
    const cutMs = quietestMs(firstMs + pieceRules.minMs, firstMs + pieceRules.maxMs);
    const piece = makePiece(firstMs, cutMs, cutMs, true);
    // The rest of a segment that is over already stays.
    const [first, ...rest] = waiting;
    if (first !== undefined)
      waiting = first.endMs > cutMs ? [{ startMs: cutMs, endMs: first.endMs }, ...rest] : rest;
    return piece;
  };

  /** The middle of the window that is cheapest to cut in, with its neighbours. */
  const quietestMs = (fromMs: number, toMs: number): number => {
    const first = Math.max(1, Math.ceil((fromMs - costsStartMs) / windowMs));
    const last = Math.min(costs.length - 2, Math.floor((toMs - costsStartMs) / windowMs) - 1);
    let best = first;
    let bestCost = Infinity;
    for (let window = first; window <= last; window++) {
      const cost = (costs[window - 1] ?? 0) + 2 * (costs[window] ?? 0) + (costs[window + 1] ?? 0);
      if (cost < bestCost) {
        best = window;
        bestCost = cost;
      }
    }
    return Math.round(costsStartMs + (best + 0.5) * windowMs);
  };

  const decideAll = (): PieceRange[] => {
    const pieces: PieceRange[] = [];
    for (let piece = decide(); piece !== undefined; piece = decide()) pieces.push(piece);
    const neededFromMs = neededFrom();
    const gone = Math.floor((neededFromMs - costsStartMs) / windowMs);
    // Not at every window: taking from the front of an array costs its length.
    if (gone > 1000) {
      costs = costs.slice(gone);
      costsStartMs += gone * windowMs;
    }
    return pieces;
  };

  const neededFrom = () => {
    const firstMs = waiting[0]?.startMs ?? openStartMs() ?? nowMs;
    // A segment's start is known only later: its padding and a margin must still be there.
    return Math.max(decidedMs, firstMs - 2 * pieceRules.marginMs);
  };

  const addSegment = (segment: TimeRange | undefined) => {
    if (segment === undefined) return;
    const bounded = { startMs: segment.startMs, endMs: Math.min(segment.endMs, endMs) };
    if (bounded.endMs <= bounded.startMs) return;
    speech.push(bounded);
    if (bounded.endMs > decidedMs)
      waiting.push({ ...bounded, startMs: Math.max(bounded.startMs, decidedMs) });
  };

  return {
    push({ probability, levelDbfs }) {
      // 30 dB weigh as much as the whole way from silence to speech.
      costs.push(levelDbfs + 30 * probability);
      nowMs += windowMs;
      addSegment(segmenter.push(probability));
      return decideAll();
    },
    finish() {
      addSegment(segmenter.finish());
      const pieces = decideAll();
      if (waiting.length > 0) pieces.push(cutAfter(waiting.length - 1, endMs + pieceRules.marginMs));
      return pieces;
    },
    get speech() {
      return speech;
    },
    speechIn(piece) {
      // Pieces are asked for as they are decided, so only the last segments can matter.
      const first = speech.findLastIndex((segment) => segment.endMs <= piece.startMs) + 1;
      const open = segmenter.openStartMs;
      const last = open === undefined ? [] : [{ startMs: Math.round(open), endMs: piece.endMs }];
      return [...speech.slice(first), ...last]
        .map((segment) => ({
          startMs: Math.max(segment.startMs, piece.startMs),
          endMs: Math.min(segment.endMs, piece.endMs),
        }))
        .filter((segment) => segment.endMs > segment.startMs);
    },
    get neededFromMs() {
      return neededFrom();
    },
  };
}
