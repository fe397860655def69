import type { ErrorRecord } from '../../domain/errors.ts';

/** What becomes of an item whose publishing went wrong. Pure. */

/** Tried again then, or never by itself. `isCounted`: whether it was the item's fault so far that its tries are counted. */
export type Judged =
  | { readonly kind: 'again'; readonly atMs: number; readonly isCounted: boolean }
  | { readonly kind: 'failed' };

/** So often in a row something is begun that goes wrong: with the waits between them about a day. */
const mostTries = 8;

/** The first wait, in ms; each is three times as long as the one before it, up to the longest. */
const firstWaitMs = 60_000;
const longestWaitMs = 6 * 3_600_000;

/** Somebody else has it: they are done or gone after a while. */
const busyWaitMs = 2 * 60_000;

const busy: ReadonlySet<string> = new Set(['conflict.upload_busy', 'conflict.upload_taken']);

/** What no waiting mends. */
const final: ReadonlySet<string> = new Set([
  'provider.youtube_rejected',
  'provider.youtube_video_gone',
  'provider.webhook_gone',
  'provider.instagram_refused',
  'provider.instagram_rejected',
  'provider.instagram_undecided',
]);

/**
 * Judges an error by its code. `count`: how often publishing the item was begun, this time included. `random`: 0 to 1, which sets apart workers that
 * failed at the same moment.
 */
export function judgeFailure(error: ErrorRecord, count: number, nowMs: number, random: number): Judged {
  const endsAt =
    typeof error.context['endsAt'] === 'string' ? Date.parse(error.context['endsAt']) : Number.NaN;
  // A budget or a quota is spent for all: it is nobody's try.
  if (Number.isFinite(endsAt))
    return { kind: 'again', atMs: Math.max(endsAt, nowMs + 1000), isCounted: false };
  if (busy.has(error.code)) return { kind: 'again', atMs: nowMs + busyWaitMs, isCounted: false };
  const kind = error.code.slice(0, error.code.indexOf('.'));
  const mayPass = error.retryable || kind === 'provider' || kind === 'tool';
  if (!mayPass || final.has(error.code) || count >= mostTries) return { kind: 'failed' };
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 3 ** (count - 1));
  return { kind: 'again', atMs: nowMs + Math.round(waitMs * (0.8 + 0.4 * random)), isCounted: true };
}
