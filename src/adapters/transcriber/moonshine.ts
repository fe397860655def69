import { availableParallelism } from 'node:os';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Word } from '../../domain/transcript.ts';
import { startMoonshine, type SpeechProcess } from '../../inference/moonshine.ts';
import type { Transcriber } from '../../ports/transcriber.ts';

/** How many processes recognise at once, and so how many batches. Default: 2, or 1 on a single core. */
export type MoonshineOptions = { readonly processes?: number };

/** One place in the pool: its process is started when it is first needed, and again after it died. */
type Lane = { process: SpeechProcess | undefined };

/**
 * Moonshine tiny, English, in processes of its own. Two processes beat one of two threads wherever the cores are also
 * busy with something else; a process takes up to about 450 MB, so there are never more by default.
 */
export function createMoonshine({
  processes = Math.min(2, availableParallelism()),
}: MoonshineOptions = {}): Transcriber {
  if (!Number.isInteger(processes) || processes < 1) {
    throw new PatternPivotError(
      'input.invalid_option',
      `The number of speech processes must be 1 or more, not ${processes}.`,
    );
  }
  const threads = Math.min(4, Math.max(1, Math.floor(availableParallelism() / processes)));
  const free: Lane[] = Array.from({ length: processes }, () => ({ process: undefined }));
  const lanes = [...free];
  const waiting: ((lane: Lane) => void)[] = [];
  let closed = false;

  const takeLane = (): Promise<Lane> | Lane =>
    free.pop() ?? new Promise<Lane>((resolve) => waiting.push(resolve));
  const giveBack = (lane: Lane) => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };

  const recognise = async (lane: Lane, pieces: readonly Float32Array[], signal?: AbortSignal) => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      if (closed) throw new PatternPivotError('tool.child_closed', 'The speech recogniser was closed.');
      lane.process ??= startMoonshine(threads);
      try {
        return await lane.process.recognise(pieces, signal);
      } catch (error) {
        if (!(error instanceof PatternPivotError) || error.code !== 'tool.child_died') throw error;
        lane.process = undefined;
        if (attempt === 2) throw error;
      }
    }
  };

  return {
    model: 'moonshine-tiny',
    languages: ['en'],
    batchSize: 8,
    concurrency: processes,
    async transcribe(batch, { signal }) {
      const lane = await takeLane();
      try {
        const heard = await recognise(
          lane,
          batch.map((piece) => piece.samples),
          signal,
        );
        return batch.map((piece, index) => ({ words: placeWords(heard[index] ?? [], piece.startMs) }));
      } finally {
        giveBack(lane);
      }
    },
    async close() {
      closed = true;
      await Promise.all(lanes.map((lane) => lane.process?.close()));
    },
  };
}

function placeWords(words: readonly Word[], pieceStartMs: number): Word[] {
  const offsetMs = Math.round(pieceStartMs);
  return words.map((word) => ({
    ...word,
    startMs: word.startMs + offsetMs,
    endMs: word.endMs + offsetMs,
  }));
}
