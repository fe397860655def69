import { expect, test } from 'vitest';
import { makeSnapshots } from '../../../test/fixtures/platform-snapshots.ts';
import type { Snapshot } from '../../domain/platform.ts';
import { findGaps, measureSeries, valueAt, type MetricStats } from './measure.ts';
import { plotSvg } from './plot-svg.ts';
import { plotText } from './plot-text.ts';
import { dateTicks, formatChange, formatCompact, formatRate, formatTicks, niceTicks } from './scale.ts';
import { counterPoints, SeriesBuilder, type Series } from './series.ts';
import { writeStatsPage } from './stats-page.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 1);

function snapshot(days: number, counts: Partial<Snapshot>): Snapshot {
  const at = new Date(start + days * dayMs).toISOString();
  return { version: 1, of: 'video', subjectId: 'x', fetched: { at, under: 'owner:UC1' }, ...counts };
}

function build(snapshots: Iterable<Snapshot>): Series {
  const builder = new SeriesBuilder();
  for (const each of snapshots) builder.add(each);
  return builder.finish();
}

function measure(snapshots: Iterable<Snapshot>, name = 'views'): MetricStats {
  const found = measureSeries(build(snapshots)).find((each) => each.name === name);
  if (found === undefined) throw new Error(`Nothing of ${name}.`);
  return found;
}

test('growth and rates are of the time between snapshots, whatever the hour', () => {
  const views = measure([0, 0.5, 1.25, 10].map((days) => snapshot(days, { views: 1000 + days * 240 })));
  expect(views).toMatchObject({ change: 2400, perDay: 240, perDay28: undefined });
  expect(views.perDay7).toBeCloseTo(240, 6);
  // From one snapshot nothing follows, and nothing is divided by nothing.
  const one = measure([snapshot(0, { views: 5 })]);
  expect(one).toMatchObject({ change: 0, perDay: undefined, perDay7: undefined, best: undefined, rates: [] });
});

test('a counter that was set back is told, and not taken for growth', () => {
  const counts = [100, 200, 150, 260, 250];
  const views = measure(counts.map((value, day) => snapshot(day, { views: value })));
  expect(views).toMatchObject({ change: 150, setBackCount: 2, setBackBy: -60 });
  expect(views.rates.map(({ perDay }) => Math.round(perDay ?? 0))).toEqual([100, -50, 110, -10]);
  // A channel hides videos: that is no correction.
  const videos = measure([snapshot(0, { videos: 9 }), snapshot(1, { videos: 7 })], 'videos');
  expect(videos).toMatchObject({ change: -2, setBackCount: 0 });
});

test('what is hidden is counted, and the rest measured', () => {
  const likes = measure(
    [0, 1, 2, 3].map((day) => snapshot(day, { views: day, ...(day === 2 ? {} : { likes: day * 10 }) })),
    'likes',
  );
  expect(likes).toMatchObject({ hiddenCount: 1, change: 30, perDay: 10 });
  expect(measureSeries(build([snapshot(0, { views: 1 })])).map(({ name }) => name)).toEqual(['views']);
});

test('stretches without snapshots are gaps, measured by how often snapshots usually come', () => {
  const at = (days: number) => ({ atMs: start + days * dayMs, value: days });
  expect(findGaps([0, 1, 2, 9, 10].map(at))).toEqual([
    { startMs: start + 2 * dayMs, endMs: start + 9 * dayMs },
  ]);
  expect(findGaps([0, 7, 14, 21, 35].map(at))).toEqual([]);
  expect(findGaps([0, 1, 3.5, 4].map(at))).toEqual([]);
  const views = measure([0, 1, 2, 9, 10].map((day) => snapshot(day, { views: day * 100 })));
  expect(views.rates.map(({ perDay }) => perDay === undefined)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(views.perDay).toBe(100);
});

test('between two snapshots a counter lies on a straight line, and beyond them nowhere', () => {
  const points = [
    { atMs: 0, value: 10 },
    { atMs: 100, value: 20 },
    { atMs: 400, value: 80 },
  ];
  expect([0, 50, 100, 250, 400, 401, -1].map((at) => valueAt(points, at))).toEqual([
    10,
    15,
    20,
    50,
    80,
    undefined,
    undefined,
  ]);
});

test('ten years of every quarter of an hour are thinned to what a plot shows, with the first, the last and every correction', () => {
  const count = 350_000;
  function* many(): Generator<Snapshot> {
    for (let index = 0; index < count; index += 1) {
      yield snapshot(index / 96, { views: index - (index > 200_000 ? 5000 : 0) });
    }
  }
  const series = build(many());
  expect(series.snapshotCount).toBe(count);
  expect(series.points.length).toBeLessThanOrEqual(2001);
  expect(series.points.length).toBeGreaterThan(900);
  const [views] = measureSeries(series);
  expect(views?.first.value).toBe(0);
  expect(views?.last.value).toBe(count - 1 - 5000);
  expect(views).toMatchObject({ setBackCount: 1, setBackBy: -4999, gaps: [] });
  expect(views?.rates.length).toBeLessThanOrEqual(131);
});

test('snapshots that come twice or out of order are taken once', () => {
  const series = build([
    snapshot(0, { views: 1 }),
    snapshot(1, { views: 5 }),
    snapshot(1, { views: 9 }),
    snapshot(0.5, { views: 3 }),
  ]);
  expect(counterPoints(series, 'views').map(({ value }) => value)).toEqual([1, 5]);
});

test('axes have round numbers around what they show, and dates at midnight', () => {
  expect(niceTicks(1_207_510, 1_786_876, 5)).toEqual([1_200_000, 1_400_000, 1_600_000, 1_800_000]);
  expect(niceTicks(7, 7, 5)).toEqual([7, 8]);
  expect(niceTicks(0, 3, 5)).toEqual([0, 1, 2, 3]);
  expect(niceTicks(-40, 210, 4)).toEqual([-100, 0, 100, 200, 300]);
  const fortnight = dateTicks(start + dayMs / 2, start + 14 * dayMs, 8);
  expect(fortnight.every((at) => at % dayMs === 0)).toBe(true);
  expect(fortnight.length).toBeGreaterThan(4);
  expect(dateTicks(start, start + 3000 * dayMs, 9).map((at) => new Date(at).getUTCDate())).toEqual([
    1, 1, 1, 1, 1, 1, 1, 1, 1,
  ]);
  expect(formatTicks([1_200_000, 1_200_500])).toEqual(['1.2M', '1.201M']);
  expect([
    formatCompact(-12_345),
    formatChange(-3),
    formatChange(0),
    formatRate(0.04),
    formatRate(1234.5),
  ]).toEqual(['−12.3K', '−3', '0', '0', '+1,235']);
});

test('a plot of the terminal keeps to its columns, and leaves gaps empty', () => {
  const series = build(makeSnapshots('channel', 'UC1', { days: 120 }));
  const [views] = measureSeries(series);
  for (const columns of [40, 80, 120]) {
    const lines = plotText(counterPoints(series, 'views'), views?.gaps ?? [], { columns, rows: 12 });
    expect(lines).toHaveLength(12);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    // Days 40 to 52 of 120 are a third to four ninths of the way: some column there has no dot in any row.
    const body = lines.slice(0, -2).map((line) => line.slice(line.search(/[│┤]/u) + 1));
    const width = columns - (lines[0]?.search(/[│┤]/u) ?? 0) - 1;
    const middle = Math.round((46 / 119) * (width - 1));
    expect(body.every((line) => (line[middle] ?? ' ') === ' ')).toBe(true);
    expect(body.some((line) => (line[Math.round(width * 0.2)] ?? ' ') !== ' ')).toBe(true);
  }
  expect(plotText([{ atMs: 0, value: 1 }], [], { columns: 80, rows: 12 })).toEqual([]);
});

test('charts and pages hold a hostile title harmlessly, say in words what they show, and ask nothing of anybody', () => {
  const title = '</title><script>alert(1)</script> & "x" \u202Eevil';
  const series = build(makeSnapshots('channel', 'UC1', { days: 60 }));
  const metrics = measureSeries(series);
  const [views] = metrics;
  if (views === undefined) throw new Error('No views.');
  const svg = plotSvg(
    views,
    counterPoints(series, 'views'),
    { title, metric: 'Views' },
    { width: 960, id: 'c', isAlone: true },
  );
  const page = writeStatsPage(
    {
      subject: { of: 'channel', id: 'UC1', title },
      series,
      metrics,
      videos: [{ id: 'v', title, views: 5, change: 2, perDay: 1 }],
      notes: [title],
    },
    new Date(start),
  );
  for (const text of [svg, page]) {
    expect(text).not.toContain('<script');
    expect(text).not.toContain('\u202E');
    expect(text).toContain('&lt;/title&gt;&lt;script&gt;');
    expect(text).not.toMatch(/(?:href|src|url\()\s*=?\s*["']?(?:https?:)?\/\//iu);
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('undefined');
  }
  expect(svg).toMatch(
    /<desc id="c-d">Views grew from [\d,]+ on 2026-09-22 to [\d,]+ on 2026-11-20, \+[\d,]+ a day\./u,
  );
  expect(page).toContain("default-src 'none'");
  expect(page).toContain('computed from them by PatternPivot');
});

test('one snapshot, and counters that never move, make a page all the same', () => {
  for (const counts of [[5], [5, 5, 5], [0, 0]]) {
    const series = build(counts.map((views, day) => snapshot(day, { views })));
    const page = writeStatsPage(
      {
        subject: { of: 'video', id: 'v', title: 'A talk' },
        series,
        metrics: measureSeries(series),
        notes: [],
      },
      new Date(start),
    );
    expect(page).not.toContain('NaN');
    expect(page.includes('One snapshot so far')).toBe(counts.length === 1);
  }
});
