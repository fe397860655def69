import type { TranscriptChunk } from '../../domain/library.ts';
import { durationMs, overlapMs, type TimeRange } from '../../domain/time.ts';

/**
 * The constant of reciprocal rank fusion: how little it matters whether a chunk is found first or fifth. Cormack, Clarke and Büttcher, "Reciprocal Rank
 * Fusion outperforms Condorcet", SIGIR 2009, take 60, and anything from 20 to 100 did about as well; so it is here (bench/search.ts, where 40 was best).
 */
export const rankConstant = 40;

/** Chunk ids, best first, by each way of searching; a way that was not taken is left out. */
export type RankedLists = {
  readonly text?: readonly string[] | undefined;
  readonly meaning?: readonly string[] | undefined;
};

/** A chunk that was found, with its ranks from 1. */
export type FusedHit = {
  readonly id: string;
  /** 1 for what every way that was taken found first; more than 0. */
  readonly score: number;
  readonly textRank?: number | undefined;
  readonly meaningRank?: number | undefined;
};

/**
 * One order out of several: each way of searching gives a chunk 1 / (k + rank), and these are added up. Scores of different kinds (BM25,
 * cosine) are never compared. Where two are alike, the better of their best ranks counts, then the id. Pure.
 */
export function fuseRanks({ text, meaning }: RankedLists, constant: number = rankConstant): FusedHit[] {
  const lists = [text, meaning].filter((list) => list !== undefined);
  const textRanks = rankOf(text);
  const meaningRanks = rankOf(meaning);
  const best = lists.length / (constant + 1);
  const hits = [...new Set(lists.flat())].map((id): FusedHit => {
    const textRank = textRanks.get(id);
    const meaningRank = meaningRanks.get(id);
    const sum = [textRank, meaningRank].reduce<number>(
      (total, rank) => total + (rank === undefined ? 0 : 1 / (constant + rank)),
      0,
    );
    return { id, score: sum / best, textRank, meaningRank };
  });
  return hits.toSorted(
    (one, other) =>
      other.score - one.score || bestRank(one) - bestRank(other) || (one.id < other.id ? -1 : 1),
  );
}

function rankOf(ids: readonly string[] = []): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const [index, id] of ids.entries()) if (!ranks.has(id)) ranks.set(id, index + 1);
  return ranks;
}

function bestRank({ textRank = Infinity, meaningRank = Infinity }: FusedHit): number {
  return Math.min(textRank, meaningRank);
}

/** A chunk that was found, or several that overlap, as one. */
export type FusedPassage = Omit<FusedHit, 'id'> & {
  /** The best of its chunks gives the id; time, sentences and text are of all of them. */
  readonly chunk: TranscriptChunk;
};

/** A passage grows by what overlaps it to so many characters at most: it stays something that is read at a glance. */
const maxMergedChars = 900;

/** A neighbour joins a passage only when it was found nearly as well: else it would only make it vague. */
const leastShare = 0.5;

/**
 * Chunks share sentences with their neighbours, so that the same words would be found twice: what overlaps a better passage is merged into it, up to
 * 900 characters; what was found much less well and says mostly the same is left out. Best first, `limit` at most. Pure.
 */
export function mergeNeighbours(
  hits: readonly FusedHit[],
  chunks: ReadonlyMap<string, TranscriptChunk>,
  limit: number,
): FusedPassage[] {
  const passages: FusedPassage[] = [];
  for (const { id, ...found } of hits) {
    const chunk = chunks.get(id);
    if (chunk === undefined) continue;
    const index = passages.findIndex((passage) => sharesWords(passage.chunk, chunk));
    const other = passages[index];
    if (other === undefined) {
      if (passages.length < limit) passages.push({ ...found, chunk });
      continue;
    }
    if (isInside(chunk, other.chunk)) continue;
    const text = joinTexts(other.chunk, chunk);
    if (found.score >= other.score * leastShare && text.length <= maxMergedChars) {
      passages[index] = { ...other, chunk: joinChunks(other.chunk, chunk, text) };
    } else if (passages.length < limit && overlapMs(chunk, other.chunk) * 2 <= durationMs(chunk)) {
      passages.push({ ...found, chunk });
    }
  }
  return passages;
}

/** Parts of one long sentence share its number and no word; people who talk at once share a time. */
function sharesWords(one: TranscriptChunk, other: TranscriptChunk): boolean {
  return (
    one.assetId === other.assetId &&
    one.speaker === other.speaker &&
    one.sentenceStart < other.sentenceEnd &&
    other.sentenceStart < one.sentenceEnd &&
    overlapMs(one, other) > 0
  );
}

function isInside(inner: TimeRange, outer: TimeRange): boolean {
  return inner.startMs >= outer.startMs && inner.endMs <= outer.endMs;
}

function joinChunks(best: TranscriptChunk, other: TranscriptChunk, text: string): TranscriptChunk {
  return {
    ...best,
    text,
    startMs: Math.min(best.startMs, other.startMs),
    endMs: Math.max(best.endMs, other.endMs),
    sentenceStart: Math.min(best.sentenceStart, other.sentenceStart),
    sentenceEnd: Math.max(best.sentenceEnd, other.sentenceEnd),
  };
}

/** The text of two chunks that overlap, what they share once: the longest end of the one that the other begins with. */
function joinTexts(one: TranscriptChunk, other: TranscriptChunk): string {
  const [first, second] = one.startMs <= other.startMs ? [one.text, other.text] : [other.text, one.text];
  for (let length = Math.min(first.length, second.length); length > 0; length--) {
    if (first.endsWith(second.slice(0, length))) return first + second.slice(length);
  }
  return `${first} ${second}`;
}
