import type { TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import type { SpeechDetector } from '../../ports/speech-detector.ts';
import type { AudioPiece } from '../../ports/transcriber.ts';
import { createPieceCutter, type PieceRange } from './cut-pieces.ts';
import { createLevelMeter } from './level-meter.ts';
import { createSampleBuffer } from './sample-buffer.ts';

/** What a detector and a recogniser hear: mono sound at this rate. */
export const sampleRateHz = 16_000;

/** The same, a millisecond. */
export const samplesPerMs = sampleRateHz / 1000;

/** How finely the level is kept, in ms. */
export const envelopeWindowMs = 50;

/** How much sound may wait for recognition or be in it, in ms: 23 MB. Beyond it, reading waits. */
const maxPendingMs = 360_000;

/** What one pass over the sound of a source gives. Times are ms of the source, half-open. */
export type Listened = {
  /** Where the sound ended. */
  readonly endMs: number;
  /** Levels from the first sample on, one each {@link envelopeWindowMs}, in dB relative to full scale. */
  readonly envelopeDbfs: readonly number[];
  readonly speech: readonly TimeRange[];
  readonly words: readonly Word[];
};

/** What listening needs. */
export type ListenSetup = {
  /** Mono 16 kHz, pulled. */
  readonly blocks: AsyncIterable<Float32Array>;
  /** Where the first sample lies in the source, and where the sound should end, in ms. */
  readonly range: TimeRange;
  readonly detector: SpeechDetector;
  /** Recognises a piece, whenever its turn comes, knowing where speech was heard in it; undefined when nothing is to be recognised. */
  readonly recognise?:
    ((piece: AudioPiece, speech: readonly TimeRange[]) => Promise<readonly Word[]>) | undefined;
  /** Told when no more pieces can come for now (true), and when they can again (false). */
  readonly onStall?: ((stalled: boolean) => void) | undefined;
  /** Told how many ms of the range are done with. */
  readonly onProgress: (doneMs: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Reads sound once from beginning to end: level, speech and, piece by piece and while reading goes on, words. At most
 * about six minutes of sound are in memory. @throws what reading, the detector or recognition throw
 */
export async function listen(setup: ListenSetup): Promise<Listened> {
  const { range, detector, recognise, signal } = setup;
  const windowMs = detector.windowSamples / samplesPerMs;
  const cutter = createPieceCutter(windowMs, range.startMs, range.endMs);
  const envelope = createLevelMeter(envelopeWindowMs * samplesPerMs);
  const levels = createLevelMeter(detector.windowSamples);
  const buffer = createSampleBuffer();
  const toSample = (ms: number) => Math.round((ms - range.startMs) * samplesPerMs);
  const envelopeDbfs: number[] = [];
  const heard: Promise<readonly Word[]>[] = [];
  let pendingMs = 0;
  let decidedMs = range.startMs;
  const failures: unknown[] = [];
  let wake: () => void = () => {};

  const report = () => setup.onProgress(Math.max(0, decidedMs - range.startMs - pendingMs));
  const start = (piece: PieceRange) => {
    decidedMs = piece.endMs;
    if (recognise === undefined) return;
    const lengthMs = piece.endMs - piece.startMs;
    pendingMs += lengthMs;
    const samples = buffer.slice(toSample(piece.startMs), toSample(piece.endMs));
    const words = recognise({ startMs: piece.startMs, samples }, cutter.speechIn(piece));
    heard.push(words);
    words.then(
      () => {
        pendingMs -= lengthMs;
        report();
        wake();
      },
      (error: unknown) => {
        failures.push(error);
        wake();
      },
    );
  };
  const hasRoom = () => failures.length > 0 || pendingMs <= maxPendingMs;
  const waitForRoom = async () => {
    if (hasRoom()) return;
    setup.onStall?.(true);
    while (!hasRoom()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    setup.onStall?.(false);
  };

  for await (const samples of setup.blocks) {
    signal.throwIfAborted();
    if (failures.length > 0) throw failures[0];
    buffer.push(samples);
    for (const level of envelope.push(samples)) envelopeDbfs.push(level);
    const windowLevels = levels.push(samples);
    const probabilities = await detector.push(samples);
    for (const [index, probability] of probabilities.entries()) {
      for (const piece of cutter.push({ probability, levelDbfs: windowLevels[index] ?? 0 })) start(piece);
    }
    buffer.dropBefore(toSample(cutter.neededFromMs));
    decidedMs = Math.max(decidedMs, Math.min(cutter.neededFromMs, range.endMs));
    report();
    await waitForRoom();
  }
  signal.throwIfAborted();
  const endMs = range.startMs + Math.round(buffer.end / samplesPerMs);
  for (const piece of cutter.finish()) start(piece);
  for (const level of envelope.finish()) envelopeDbfs.push(level);
  decidedMs = Math.max(decidedMs, endMs);
  setup.onStall?.(true);
  const words = (await Promise.all(heard)).flat();
  setup.onProgress(range.endMs - range.startMs);
  const speech = cutter.speech
    .map((segment) => ({ startMs: segment.startMs, endMs: Math.min(segment.endMs, endMs) }))
    .filter((segment) => segment.endMs > segment.startMs);
  return { endMs, envelopeDbfs, speech, words };
}
