import { expect, test } from 'vitest';
import { dayIn, formatIn, readMoment } from '../../domain/zoned-time.ts';
import { findBestHours } from './best-hours.ts';
import { judgeMoment, planDays, type DayRules } from './plan-days.ts';

const hour = 3_600_000;
const rules = (more: Partial<DayRules> = {}): DayRules => ({
  zone: 'Europe/Berlin',
  hours: ['18:00', '12:00'],
  perDay: 2,
  spacingMs: 4 * hour,
  variationDays: 1,
  ...more,
});
const videos = (count: number, clip?: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({ id: `v${index}`, clip: clip?.(index) }));
const at = (text: string) => Date.parse(text);

test.each([
  // Both changes of 2026 lie inside; clocks there go on and back on other days each.
  ['Europe/Berlin', '2026-03-29', '2026-10-25', '+01:00', '+02:00'],
  ['America/New_York', '2026-03-08', '2026-11-01', '-05:00', '-04:00'],
  // South of the equator summer ends in April.
  ['Australia/Sydney', '2026-10-04', '2026-04-05', '+10:00', '+11:00'],
])('a year in %s: every day at 12:00 and 18:00 as clocks there show it', (zone, on, back, winter, summer) => {
  const { planned, left } = planDays(
    videos(730),
    [],
    rules({ zone }),
    readMoment('2026-01-01 00:00', zone, 0).ms,
  );
  expect(left).toEqual([]);
  const told = planned.map(({ atMs }) => formatIn(zone, atMs));
  expect(new Set(told.map((text) => text.slice(11, 16)))).toEqual(new Set(['12:00', '18:00']));
  expect(new Set(told.map((text) => text.slice(0, 10))).size).toBe(365);
  expect(new Set(told.map((text) => text.slice(16)))).toEqual(new Set([winter, summer]));
  // From evening to noon are 18 hours by the clock: one less the night that clocks go on, one more when they go back.
  const nightBefore = (day: string) => {
    const noon = planned.findIndex(({ atMs }) => formatIn(zone, atMs).startsWith(`${day}T12`));
    return (planned[noon]!.atMs - planned[noon - 1]!.atMs) / hour;
  };
  expect(nightBefore(on)).toBe(17);
  expect(nightBefore(back)).toBe(19);
  expect(nightBefore('2026-06-15')).toBe(18);
});

test('an hour that clocks leave out comes an hour later, one that they show twice is the first, and both are said', () => {
  const nightly = rules({ hours: ['02:30'], perDay: 1 });
  const spring = planDays(videos(3), [], nightly, at('2026-03-27T23:00Z')).planned;
  expect(spring.map(({ atMs, change }) => [formatIn('Europe/Berlin', atMs), change])).toEqual([
    ['2026-03-28T02:30+01:00', undefined],
    ['2026-03-29T03:30+02:00', 'skipped'],
    ['2026-03-30T02:30+02:00', undefined],
  ]);
  const autumn = planDays(videos(2), [], nightly, at('2026-10-24T22:00Z')).planned;
  expect(autumn.map(({ atMs, change }) => [formatIn('Europe/Berlin', atMs), change])).toEqual([
    ['2026-10-25T02:30+02:00', 'twice'],
    ['2026-10-26T02:30+01:00', undefined],
  ]);
  // 02:30 becomes 03:30 that night, where another hour of the plan lies already.
  const both = rules({ hours: ['02:30', '03:30'], perDay: 2, spacingMs: hour });
  const close = planDays(videos(3), [], both, at('2026-03-28T23:00Z')).planned;
  expect(close.map(({ atMs }) => formatIn('Europe/Berlin', atMs))).toEqual([
    '2026-03-29T03:30+02:00',
    '2026-03-30T02:30+02:00',
    '2026-03-30T03:30+02:00',
  ]);
});

test.each([
  ['America/New_York', '2026-03-08', '02:30', '2026-03-08T03:30-04:00', 'skipped'],
  ['America/New_York', '2026-11-01', '01:30', '2026-11-01T01:30-04:00', 'twice'],
  // Clocks there change by half an hour only, at 2:00.
  ['Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-04T02:45+11:00', 'skipped'],
  ['Australia/Lord_Howe', '2026-04-05', '01:45', '2026-04-05T01:45+11:00', 'twice'],
  ['Australia/Lord_Howe', '2026-04-05', '02:00', '2026-04-05T02:00+10:30', undefined],
  // At midnight: the day begins at one.
  ['Africa/Cairo', '2026-04-24', '00:00', '2026-04-24T01:00+03:00', 'skipped'],
  ['Europe/London', '2026-10-25', '01:00', '2026-10-25T01:00+01:00', 'twice'],
])('in %s on %s at %s: %s', (zone, day, time, expected, change) => {
  const daily = rules({ zone, hours: [time], perDay: 1 });
  const { planned } = planDays(videos(3), [], daily, readMoment(`${day} 00:00`, zone, 0).ms - 24 * hour);
  const there = planned.find(({ atMs }) => dayIn(zone, atMs) === day)!;
  expect([formatIn(zone, there.atMs), there.change]).toEqual([expected, change]);
  const others = planned.filter((one) => one !== there);
  expect(others).toHaveLength(2);
  expect(others.every((one) => one.change === undefined)).toBe(true);
  expect(others.map(({ atMs }) => formatIn(zone, atMs).slice(11, 16))).toEqual([time, time]);
});

test('a spacing of a day or a week is one by the clock, when clocks change too', () => {
  const days = (spacingHours: number, count: number, day: string) =>
    planDays(
      videos(count),
      [],
      rules({ hours: ['18:00'], perDay: 1, spacingMs: spacingHours * hour }),
      at(`${day}T00:00Z`),
    ).planned.map(({ atMs }) => formatIn('Europe/Berlin', atMs).slice(5, 16));
  expect(days(24, 3, '2026-03-28')).toEqual(['03-28T18:00', '03-29T18:00', '03-30T18:00']);
  expect(days(24, 3, '2026-10-24')).toEqual(['10-24T18:00', '10-25T18:00', '10-26T18:00']);
  expect(days(168, 2, '2026-03-26')).toEqual(['03-26T18:00', '04-02T18:00']);
});

test('only so many days are planned, and who finds no place is told', () => {
  const { planned, left } = planDays(videos(9), [], rules(), at('2026-06-01T00:00Z'), 3);
  expect(planned).toHaveLength(6);
  expect(left).toEqual(['v6', 'v7', 'v8']);
});

test('a day that a zone never had gets nothing', () => {
  const { planned } = planDays(
    videos(2),
    [],
    rules({ zone: 'Pacific/Apia', hours: ['10:00'] }),
    at('2011-12-29T12:00Z'),
  );
  expect(planned.map(({ atMs }) => formatIn('Pacific/Apia', atMs))).toEqual([
    '2011-12-29T10:00-10:00',
    '2011-12-31T10:00+14:00',
  ]);
});

test('variations of one clip are never on one day, and others go before them where a place is free', () => {
  const waiting = [
    ...videos(6, () => 'a'),
    { id: 'other', clip: undefined },
    { id: 'b1', clip: 'b' },
    { id: 'b2', clip: 'b' },
  ];
  const { planned } = planDays(
    waiting,
    [],
    rules({ perDay: 3, hours: ['18:00', '12:00', '07:00'] }),
    at('2026-06-01T00:00Z'),
  );
  const days = new Map<string, string[]>();
  for (const { id, atMs } of planned) {
    const day = dayIn('Europe/Berlin', atMs);
    days.set(day, [...(days.get(day) ?? []), waiting.find((video) => video.id === id)?.clip ?? id]);
  }
  expect([...days.values()]).toEqual([['a', 'other', 'b'], ['a', 'b'], ['a'], ['a'], ['a'], ['a']]);
  const apart = planDays(
    videos(3, () => 'a'),
    [],
    rules({ variationDays: 7 }),
    at('2026-06-01T00:00Z'),
  ).planned;
  expect(apart.map(({ atMs }) => dayIn('Europe/Berlin', atMs))).toEqual([
    '2026-06-01',
    '2026-06-08',
    '2026-06-15',
  ]);
});

test('the day of a variation is the day of the audience', () => {
  // One moment, 23:30 in Los Angeles, is the next day in Berlin.
  const taken = [{ atMs: at('2026-06-02T06:30Z'), clip: 'a' }];
  const next = (zone: string) =>
    planDays(
      videos(1, () => 'a'),
      taken,
      rules({ zone, hours: ['12:00'] }),
      at('2026-06-01T12:00Z'),
    ).planned[0]!.atMs;
  expect(formatIn('America/Los_Angeles', next('America/Los_Angeles'))).toBe('2026-06-02T12:00-07:00');
  expect(formatIn('Europe/Berlin', next('Europe/Berlin'))).toBe('2026-06-03T12:00+02:00');
});

test('what is taken counts: the limit of a day, and the distance to the next', () => {
  const taken = [{ atMs: at('2026-06-01T12:00Z') }, { atMs: at('2026-06-02T14:30Z') }];
  const { planned } = planDays(videos(3), taken, rules(), at('2026-06-01T00:00Z'));
  expect(planned.map(({ atMs }) => formatIn('Europe/Berlin', atMs))).toEqual([
    // 14:00 is taken: 18:00 is four hours later, 12:00 only two before.
    '2026-06-01T18:00+02:00',
    // 16:30 is too near to 18:00.
    '2026-06-02T12:00+02:00',
    '2026-06-03T12:00+02:00',
  ]);
  expect(
    judgeMoment(at('2026-06-01T13:00Z'), undefined, taken, rules({ perDay: 1 })).map((each) => each.rule),
  ).toEqual(['perDay', 'spacing']);
  expect(judgeMoment(at('2026-06-05T13:00Z'), 'a', taken, rules())).toEqual([]);
});

test('any rules, any moment: no day has too many, none are too near, no variations meet', () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 30; round++) {
    const zone = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'][random(4)]!;
    const own = rules({
      zone,
      hours: Array.from(
        { length: 1 + random(5) },
        () => `${String(random(24)).padStart(2, '0')}:${random(2) === 0 ? '00' : '30'}`,
      ),
      perDay: 1 + random(4),
      spacingMs: random(30) * hour,
      variationDays: 1 + random(3),
    });
    const fromMs = at('2026-01-01T00:00Z') + random(365 * 24) * hour;
    const taken = Array.from({ length: random(10) }, () => ({
      atMs: fromMs + random(500) * hour,
      clip: `c${random(3)}`,
    }));
    const waiting = videos(40, () => `c${random(6)}`);
    const { planned, left } = planDays(waiting, taken, own, fromMs);
    expect(left).toEqual([]);
    const clipOf = new Map(waiting.map(({ id, clip }) => [id, clip]));
    const all = [...taken, ...planned.map(({ id, atMs }) => ({ atMs, clip: clipOf.get(id) }))];
    for (const { id, atMs } of planned) {
      expect(atMs).toBeGreaterThanOrEqual(fromMs);
      const others = all.filter((other) => other.atMs !== atMs);
      expect(all.length - others.length).toBe(1);
      const broken = judgeMoment(atMs, clipOf.get(id), others, own);
      expect(broken).toEqual([]);
    }
  }
});

test('best hours come from how the channel’s own videos fared, told apart from its growth', () => {
  // It grows tenfold in the year; what comes at 17:00 fares twice as well; most come at 09:00.
  const past = Array.from({ length: 120 }, (_, day) => {
    const time = [9, 9, 17, 9, 13][day % 5]!;
    const publishedMs = readMoment(`2026-01-01 ${time}:05`, 'Europe/Berlin', 0).ms + day * 72 * hour;
    return { publishedMs, weekViews: 100 * 10 ** (day / 120) * (time === 17 ? 2 : 1) };
  });
  const wish = { zone: 'Europe/Berlin', count: 2, spacingMs: 4 * hour };
  const best = findBestHours(past, wish);
  expect(best.source).toBe('statistics');
  expect(best.hours[0]).toMatch(/^1[678]:00$/u);
  expect(best.text).toContain('120 of its videos');
  expect(
    findBestHours(
      past.map(({ publishedMs }) => ({ publishedMs })),
      wish,
    ),
  ).toMatchObject({ source: 'habit' });
  expect(findBestHours(past.slice(0, 3), wish)).toMatchObject({ source: 'usual', hours: ['18:00', '12:00'] });
  expect(findBestHours([], { ...wish, count: 10, spacingMs: 6 * hour }).hours.length).toBeGreaterThanOrEqual(
    2,
  );
});

test.each([
  ['2026-11-25 18:00', '2026-11-25T17:00:00.000Z'],
  ['2026-11-25T18:00Z', '2026-11-25T18:00:00.000Z'],
  ['2026-11-25T18:00:30.5+02:00', '2026-11-25T16:00:30.500Z'],
  ['9:15', '2026-06-01T07:15:00.000Z'],
  ['Tomorrow 09:15', '2026-06-02T07:15:00.000Z'],
])('%s is understood', (text, iso) => {
  expect(new Date(readMoment(text, 'Europe/Berlin', at('2026-06-01T00:00Z')).ms).toISOString()).toBe(iso);
});

test.each([
  '',
  'soon',
  '2026-02-30 18:00',
  '2026-11-25 25:00',
  '2026-11-25',
  '25:99',
  '2026-13-01T00:00Z',
  '\u0000',
])('"%s" is no moment', (text) => {
  expect(() => readMoment(text, 'Europe/Berlin', 0)).toThrow(
    expect.objectContaining({ code: 'input.moment' }),
  );
});
