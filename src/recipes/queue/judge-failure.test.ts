import { expect, test } from 'vitest';
import type { ErrorCode } from '../../domain/errors.ts';
import { judgeFailure } from './judge-failure.ts';

const nowMs = Date.parse('2026-06-01T12:00:00Z');
const minute = 60_000;
const judge = (
  code: ErrorCode,
  count = 1,
  more: { retryable?: boolean; context?: Record<string, unknown> } = {},
) => judgeFailure({ code, message: '', retryable: false, context: {}, ...more }, count, nowMs, 0.5);

test.each<[ErrorCode, boolean]>([
  ['provider.youtube_rejected', false],
  ['provider.youtube_video_gone', false],
  ['provider.webhook_gone', false],
  ['provider.instagram_refused', false],
  ['provider.instagram_rejected', false],
  ['provider.instagram_undecided', false],
  ['provider.instagram_slow', true],
  ['input.film_changed', false],
  ['input.not_signed_in', false],
  ['not_found.file', false],
  ['conflict.queue_state', false],
  ['provider.unavailable', true],
  ['provider.youtube_undecided', true],
  ['tool.disk_full', true],
])('%s is tried again: %s', (code, isAgain) => {
  expect(judge(code).kind).toBe(isAgain ? 'again' : 'failed');
});

test('waits grow, and end', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((count) => {
    const judged = judge('provider.unavailable', count);
    return judged.kind === 'again' ? (judged.atMs - nowMs) / minute : 0;
  });
  expect(waits).toEqual([1, 3, 9, 27, 81, 243, 360]);
  expect(judge('provider.unavailable', 8).kind).toBe('failed');
});

test('a spent quota waits for the next one, however often, and counts for nobody', () => {
  const endsAt = '2026-06-02T07:00:00Z';
  for (const code of ['conflict.budget_reached', 'provider.quota_exceeded', 'conflict.upload_limit'] as const)
    expect(judge(code, 8, { context: { endsAt } })).toEqual({
      kind: 'again',
      atMs: Date.parse(endsAt),
      isCounted: false,
    });
});

test('what somebody else has is looked at again soon', () => {
  for (const code of ['conflict.upload_busy', 'conflict.upload_taken'] as const)
    expect(judge(code, 8)).toEqual({ kind: 'again', atMs: nowMs + 2 * minute, isCounted: false });
});
