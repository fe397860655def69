import { describe, expect, test } from 'vitest';
import { errorStatuses, fromErrorRecord, isAbortError, PatternPivotError, toErrorRecord } from './errors.ts';

describe('errors', () => {
  test('keep everything but the cause on the way through a message', () => {
    const error = new PatternPivotError('input.not_media', 'No sound and no picture.', {
      hint: 'Give a video.',
      context: { path: 'a.txt' },
      cause: new Error('deep'),
    });
    const back = fromErrorRecord(structuredClone(toErrorRecord(error)));
    expect(back).toMatchObject({
      code: 'input.not_media',
      message: 'No sound and no picture.',
      hint: 'Give a video.',
      context: { path: 'a.txt' },
      retryable: false,
    });
    expect(back.kind).toBe('input');
  });

  test('that are not ours are told as unexpected, and stops as stops', () => {
    expect(toErrorRecord(new TypeError('x is not a function')).code).toBe('tool.unexpected');
    expect(toErrorRecord('plain text').message).toBe('plain text');
    expect(toErrorRecord(AbortSignal.abort().reason).code).toBe('cancelled.by_user');
    expect(isAbortError(new PatternPivotError('cancelled.by_user', 'Stopped.'))).toBe(true);
  });

  test('have an exit code of their own a kind', () => {
    const codes = Object.values(errorStatuses).map((status) => status.exitCode);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toContain(0);
    expect(codes).not.toContain(1);
  });
});
