import type { AudioPiece, PieceTranscript, Transcriber } from '../../ports/transcriber.ts';

/** Which waiting pieces go together: the one that waited longest, and those whose lengths are most like its own. */
export function chooseBatch(lengths: readonly number[], batchSize: number): number[] {
  const oldest = lengths[0];
  if (oldest === undefined) return [];
  return [...lengths.keys()]
    .sort((a, b) => Math.abs(lengths[a]! - oldest) - Math.abs(lengths[b]! - oldest) || a - b)
    .slice(0, batchSize)
    .sort((a, b) => a - b);
}

/** Collects pieces into batches for a transcriber and keeps all its places busy. */
export interface PieceQueue {
  /** Queues a piece; resolves with what was heard in it, or rejects as its batch did. */
  transcribe(piece: AudioPiece): Promise<PieceTranscript>;
  /** Whether batches go out at once, full or not: to be set while no more pieces can come. */
  hurry(hurried: boolean): void;
}

type Waiting = {
  readonly piece: AudioPiece;
  resolve(transcript: PieceTranscript): void;
  reject(error: unknown): void;
};

/**
 * A queue in front of a transcriber. A batch goes out when a place is free and half as many pieces again wait as a batch
 * holds, so that like lengths find each other; or with fewer while nobody would add to them.
 */
export function createPieceQueue(transcriber: Transcriber, signal: AbortSignal): PieceQueue {
  const waiting: Waiting[] = [];
  let running = 0;
  let hurried = false;

  const start = () => {
    while (running < transcriber.concurrency && waiting.length > 0) {
      if (!hurried && waiting.length < 1.5 * transcriber.batchSize) return;
      // What is left at the end is shared out among the free places.
      const share = hurried ? Math.ceil(waiting.length / (transcriber.concurrency - running)) : Infinity;
      const chosen = chooseBatch(
        waiting.map((entry) => entry.piece.samples.length),
        Math.min(transcriber.batchSize, share),
      );
      const batch = chosen.map((index) => waiting[index]!);
      for (const index of chosen.toReversed()) waiting.splice(index, 1);
      running++;
      void run(batch);
    }
  };

  const run = async (batch: readonly Waiting[]) => {
    try {
      const transcripts = await transcriber.transcribe(
        batch.map((entry) => entry.piece),
        { signal },
      );
      for (const [index, entry] of batch.entries()) entry.resolve(transcripts[index] ?? { words: [] });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      running--;
      start();
    }
  };

  return {
    transcribe: (piece) =>
      new Promise((resolve, reject) => {
        waiting.push({ piece, resolve, reject });
        start();
      }),
    hurry(now) {
      hurried = now;
      start();
    },
  };
}
