import { expect, test } from 'vitest';
import { boundsOfPeriod, youtubeQuotaDay } from './spending-period.ts';

const boundsAt = (period: Parameters<typeof boundsOfPeriod>[0], at: string) => {
  const { startMs, endMs } = boundsOfPeriod(period, Date.parse(at));
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
};

test("YouTube's day ends at midnight Pacific time, in summer and in winter", () => {
  expect(boundsAt(youtubeQuotaDay, '2026-07-01T06:59:59.999Z')).toEqual([
    '2026-06-30T07:00:00.000Z',
    '2026-07-01T07:00:00.000Z',
  ]);
  expect(boundsAt(youtubeQuotaDay, '2026-12-01T08:00:00Z')).toEqual([
    '2026-12-01T08:00:00.000Z',
    '2026-12-02T08:00:00.000Z',
  ]);
});

test('the days on which clocks are changed have 23 and 25 hours', () => {
  expect(boundsAt(youtubeQuotaDay, '2026-03-08T20:00:00Z')).toEqual([
    '2026-03-08T08:00:00.000Z',
    '2026-03-09T07:00:00.000Z',
  ]);
  expect(boundsAt(youtubeQuotaDay, '2026-11-01T20:00:00Z')).toEqual([
    '2026-11-01T07:00:00.000Z',
    '2026-11-02T08:00:00.000Z',
  ]);
});

test('months are as long as they are, and the year ends with the twelfth', () => {
  const month = { per: 'month', timeZone: 'UTC' } as const;
  expect(boundsAt(month, '2028-02-29T23:59:59Z')).toEqual([
    '2028-02-01T00:00:00.000Z',
    '2028-03-01T00:00:00.000Z',
  ]);
  expect(boundsAt(month, '2026-12-31T12:00:00Z')).toEqual([
    '2026-12-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
  ]);
});
