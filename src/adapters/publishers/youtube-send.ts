import type { FileHandle } from 'node:fs/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { tell, waitMs } from '../platform/youtube/call.ts';
import type { HeldUpload } from './youtube-record.ts';
import { askSession, sendPiece, type SessionAnswer, type SessionCaller } from './youtube-session.ts';

/** Pieces are whole multiples of this, but for the last: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol#Uploading_a_file_in_chunks */
const pieceUnitBytes = 262_144;

/** How large the first piece is, and the largest: all of one is in memory. */
const firstPieceBytes = 8 * pieceUnitBytes;
const defaultMostPieceBytes = 64 * pieceUnitBytes;

/** A piece is to take about so long, in ms: often enough to tell how far it is, and not slowed down by what is around it. */
const aimedPieceMs = 8000;

/** What takes longer is broken off: half a MB/min at the smallest piece. Well below half of the time that an upload is held. */
const pieceMs = 120_000;

/** So often in a row something may go wrong without a byte more; what does not pass by itself, less often. */
const maxFailures = 8;
const maxRefusals = 2;

/** So often a word that cannot be true has to be said before it counts. */
const timesToBelieve = 3;

/** A server that wants longer is left alone until later, in ms. */
export const longestWaitMs = 240_000;

/** How a film is sent. */
export type SendOptions = {
  readonly caller: SessionCaller;
  /** The session's, which is secret. */
  readonly address: string;
  /** Just begun: nothing can be there yet. */
  readonly isNew: boolean;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly held: HeldUpload;
  readonly mostPieceBytes?: number | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Ms since 1970. */
  readonly now: () => number;
  readonly report: (sentBytes: number) => void;
};

/**
 * Sends what a session lacks of a film. Whenever something was broken off, YouTube is asked how much it has before anything is sent, so
 * nothing is sent again that it said it has. What it says must agree with what was acknowledged and sent before; a word that does not is
 * asked for again, and counts when it stays the same.
 * @returns the video; `gone` where the session is, or cannot be believed. @throws provider.youtube_*, conflict.quota_exceeded,
 * conflict.upload_taken, input.film_changed, cancelled.*
 */
export async function sendFilm(
  options: SendOptions,
): Promise<Extract<SessionAnswer, { kind: 'complete' | 'gone' }>> {
  const { caller, address, file, sizeBytes, held, sleep, now, report } = options;
  const mostPieceBytes = options.mostPieceBytes ?? defaultMostPieceBytes;
  const before = await file.stat();
  assertWhole(before.size === sizeBytes);
  const { session } = held.value;
  if (session === undefined)
    throw new PatternPivotError('tool.upload_record', 'There is no session to send in.');
  let { acknowledgedBytes, sentBytes } = session;
  /** From where to send; undefined while YouTube has to be asked. */
  let position: number | undefined = options.isNew ? 0 : undefined;
  let pieceBytes = Math.min(firstPieceBytes, mostPieceBytes);
  let failures = 0;
  let doubted = { bytes: -1, times: 0 };

  const save = (change: Parameters<HeldUpload['save']>[0] = {}) =>
    held.save({ ...change, session: { ...session, acknowledgedBytes, sentBytes } });
  const pause = (retryAfterMs?: number) =>
    sleep(Math.max(waitMs(failures, undefined), retryAfterMs ?? 0), caller.signal);

  /** @throws what went wrong, once it did so too often */
  const bear = async ({ failure, cause }: Extract<SessionAnswer, { kind: 'trouble' }>) => {
    failures++;
    position = undefined;
    pieceBytes = Math.max(pieceUnitBytes, floorToUnit(pieceBytes / 2));
    // The client renewed the token already, and took one that another process had: that may have ended too.
    const mayPass = failure.isPassing || failure.status === 401;
    const isFinal =
      failures >= (mayPass ? maxFailures : maxRefusals) ||
      (failure.retryAfterMs ?? 0) > longestWaitMs ||
      failure.reason === 'quotaExceeded';
    if (isFinal) {
      // As much as is known is there for whoever goes on.
      await save();
      throw cause instanceof PatternPivotError ? cause : tell(failure, 'videos.insert', cause);
    }
    await pause(failure.retryAfterMs);
  };

  for (;;) {
    if (position === undefined) {
      // Also that it is still ours: another process may have taken over while we waited.
      await save();
      const answer = await askSession(caller, address, sizeBytes);
      if (answer.kind === 'complete' || answer.kind === 'gone') return answer;
      if (answer.kind === 'trouble') {
        await bear(answer);
        continue;
      }
      const { receivedBytes } = answer;
      if (receivedBytes < acknowledgedBytes || receivedBytes > sentBytes) {
        doubted = { bytes: receivedBytes, times: doubted.bytes === receivedBytes ? doubted.times + 1 : 1 };
        if (doubted.times < timesToBelieve) {
          failures++;
          if (failures >= maxFailures) throw undecided('says one thing and another about what it has');
          await pause();
          continue;
        }
        // Bytes that were never sent: what becomes of such a session is not the film.
        if (receivedBytes > sentBytes) return { kind: 'gone' };
      }
      doubted = { bytes: -1, times: 0 };
      if (receivedBytes === sizeBytes) {
        failures++;
        if (failures >= maxFailures) throw undecided('has all of the film, and does not say as which video');
        acknowledgedBytes = receivedBytes;
        await pause();
        continue;
      }
      if (receivedBytes > acknowledgedBytes) failures = 0;
      acknowledgedBytes = receivedBytes;
      position = receivedBytes;
    }
    report(position);
    const from: number = position;
    const bytes = await readPiece(file, from, Math.min(pieceBytes, sizeBytes - from));
    const { size, mtimeMs } = await file.stat();
    assertWhole(size === before.size && mtimeMs === before.mtimeMs && bytes !== undefined);
    const end = from + bytes.length;
    sentBytes = Math.max(sentBytes, end);
    await save(end === sizeBytes ? { sentToEndAt: new Date(now()).toISOString() } : {});
    const startedMs = performance.now();
    const answer = await sendPiece(caller, address, { from, bytes, sizeBytes, timeoutMs: pieceMs });
    if (answer.kind === 'complete' || answer.kind === 'gone') return answer;
    if (answer.kind === 'trouble') {
      await bear(answer);
      continue;
    }
    if (answer.receivedBytes === end && end < sizeBytes) {
      [acknowledgedBytes, position, failures] = [end, end, 0];
      const unhindered = (bytes.length / Math.max(1, performance.now() - startedMs)) * aimedPieceMs;
      const next = floorToUnit(Math.min(unhindered, pieceBytes * 2, mostPieceBytes));
      pieceBytes = Math.max(pieceUnitBytes, next);
      continue;
    }
    // Not what was sent: whatever it is, it is asked for once more before anything depends on it.
    position = undefined;
    if (answer.receivedBytes <= from || answer.receivedBytes >= end) failures++;
    if (failures >= maxFailures) throw undecided('does not take what is sent');
    if (failures > 0) await pause();
  }
}

function floorToUnit(bytes: number): number {
  return Math.floor(bytes / pieceUnitBytes) * pieceUnitBytes;
}

/** Undefined where the file ends before. */
async function readPiece(file: FileHandle, from: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return bytes;
}

function assertWhole(isWhole: boolean): asserts isWhole {
  if (isWhole) return;
  throw new PatternPivotError('input.film_changed', 'The film was changed after it had been checked.', {
    hint: 'Put it in the queue again; what was sent of the one before never becomes a video.',
  });
}

function undecided(what: string): PatternPivotError {
  return new PatternPivotError('provider.youtube_undecided', `YouTube ${what}.`, {
    retryable: true,
    hint: 'Nothing is sent again until that is known: run it again in a few minutes.',
  });
}
