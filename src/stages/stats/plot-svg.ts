import { escapeHtml } from '../page/escape.ts';
import type { MetricStats, Rate, Stretch } from './measure.ts';
import {
  dateTicks,
  formatCompact,
  formatCount,
  formatDay,
  formatRate,
  formatTickDate,
  formatTicks,
  niceTicks,
} from './scale.ts';
import type { CounterPoint } from './series.ts';

/** What a chart says in words. */
export type ChartWords = {
  /** Whose counter it is. */
  readonly title: string;
  /** `Views`, `Likes`. */
  readonly metric: string;
};

/** How a chart is drawn. */
export type ChartShape = {
  /** In px of its own grid; letters are 13 px high. */
  readonly width: number;
  /** Makes ids of one chart in a page differ from those of another. */
  readonly id: string;
  /** Whether it stands by itself; else the page that it is in has its heading and {@link chartStyle}. */
  readonly isAlone: boolean;
};

/** How wide a chart is that stands by itself, in px. */
export const chartWidth = 960;

/** Sizes in px of the chart's own grid. */
const left = 72;
const right = 72;
const totalTop = 64;
const totalHeight = 240;
const rateTop = 376;
const rateHeight = 96;
const bottomOfRates = rateTop + rateHeight;
const height = 512;

/** The looks of charts. Colours of light and dark, each at least 4.5 : 1 against its ground, and the bars 3 : 1. */
export const chartStyle = `
.pp-chart{--pp-back:#fff;--pp-text:#17171c;--pp-quiet:#5b5b66;--pp-line:#dddde2;--pp-accent:#4650d8;--pp-tint:#4650d81a;font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
@media (prefers-color-scheme:dark){.pp-chart{--pp-back:#18181c;--pp-text:#ececf1;--pp-quiet:#a1a1ad;--pp-line:#2f2f36;--pp-accent:#98a2ff;--pp-tint:#98a2ff26}}
.pp-back{fill:var(--pp-back)}
.pp-chart text{fill:var(--pp-quiet)}
.pp-chart .pp-title{fill:var(--pp-text);font-size:16px;font-weight:650}
.pp-chart .pp-end{fill:var(--pp-accent);font-weight:650}
.pp-grid{stroke:var(--pp-line);fill:none}
.pp-zero{stroke:var(--pp-quiet);fill:none}
.pp-line{stroke:var(--pp-accent);stroke-width:2;fill:none;stroke-linejoin:round;stroke-linecap:round}
.pp-gap{stroke:var(--pp-quiet);stroke-width:1.5;fill:none;stroke-dasharray:3 5}
.pp-area{fill:var(--pp-tint)}
.pp-dot,.pp-bar{fill:var(--pp-accent)}
.pp-unknown{fill:var(--pp-line)}
`;

/**
 * One counter as an SVG: its total over time above, and how fast it grew below. Light or dark as the system is; what it shows is also said
 * in words, for readers who do not see it.
 */
export function plotSvg(
  stats: MetricStats,
  points: readonly CounterPoint[],
  { title, metric }: ChartWords,
  { width, id, isAlone }: ChartShape,
): string {
  const { first, last } = stats;
  const heading = `${metric} of ${title}`;
  const spanMs = last.atMs - first.atMs;
  const edge = width - right;
  const across = (atMs: number) => left + ((atMs - first.atMs) / Math.max(1, spanMs)) * (edge - left);
  const ticks = spanMs === 0 ? [] : dateTicks(first.atMs, last.atMs, Math.floor(width / 100));
  const from = isAlone ? 0 : totalTop - 24;
  return [
    `<svg class="pp-chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 ${from} ${width} ${(isAlone ? height : bottomOfRates + 8) - from}"${isAlone ? ` width="${width}" height="${height}"` : ''} role="img" aria-labelledby="${id}-t ${id}-d">`,
    `<title id="${id}-t">${escapeHtml(heading)}</title><desc id="${id}-d">${escapeHtml(describeCounter(stats, metric))}</desc>`,
    ...(isAlone
      ? [
          `<style>${chartStyle}</style><rect class="pp-back" width="${width}" height="${height}"/>`,
          `<text class="pp-title" x="24" y="36">${escapeHtml(shorten(heading, width / 11))}</text>`,
        ]
      : []),
    ...ticks.map((tick) => {
      const x = round(across(tick));
      return `<path class="pp-grid" d="M${x} ${totalTop}V${totalTop + totalHeight}M${x} ${rateTop}V${bottomOfRates}"/><text x="${x}" y="${totalTop + totalHeight + 20}" text-anchor="middle">${formatTickDate(tick, spanMs)}</text>`;
    }),
    ...drawTotal(stats, points, across, edge),
    ...drawRates(stats, across, edge, metric),
    ...(isAlone
      ? [
          `<text x="24" y="${height - 12}">Counts of YouTube, ${formatDay(first.atMs)} to ${formatDay(last.atMs)} (UTC). Growth and rates are computed by PatternPivot.</text>`,
        ]
      : []),
    '</svg>',
  ].join('\n');
}

/** What a chart shows, in two sentences. */
export function describeCounter(
  { first, last, change, perDay, best, gaps, rateDays }: MetricStats,
  metric: string,
): string {
  const grew = change < 0 ? 'fell' : 'grew';
  const rate = perDay === undefined ? '' : `, ${formatRate(perDay)} a day`;
  const most =
    best?.perDay === undefined
      ? ''
      : ` Fastest ${rateDays === 1 ? 'on' : `in the ${rateDays} days from`} ${formatDay(best.startMs)}: ${formatRate(best.perDay)} a day.`;
  const unknown =
    gaps.length === 0
      ? ''
      : ` Nothing is known of ${gaps.length} ${gaps.length === 1 ? 'stretch' : 'stretches'}.`;
  return `${metric} ${grew} from ${formatCount(first.value)} on ${formatDay(first.atMs)} to ${formatCount(last.value)} on ${formatDay(last.atMs)}${rate}.${most}${unknown}`;
}

type Across = (atMs: number) => number;

function drawTotal(
  { last, gaps }: MetricStats,
  points: readonly CounterPoint[],
  across: Across,
  edge: number,
): string[] {
  const values = points.map(({ value }) => value);
  const ticks = niceTicks(Math.min(...values), Math.max(...values), 5);
  const labels = formatTicks(ticks);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const down = (value: number) =>
    totalTop + totalHeight - ((value - low) / Math.max(1, high - low)) * totalHeight;
  const place = ({ atMs, value }: CounterPoint) => `${round(across(atMs))} ${round(down(value))}`;
  const runs = splitAtGaps(points, gaps);
  const bottom = totalTop + totalHeight;
  return [
    ...gridLines(ticks, labels, down, edge),
    ...runs.flatMap((run) => {
      const [start] = run;
      const end = run.at(-1);
      if (start === undefined || end === undefined) return [];
      if (run.length === 1)
        return [
          `<circle class="pp-dot" cx="${round(across(start.atMs))}" cy="${round(down(start.value))}" r="3"/>`,
        ];
      const line = run.map(place).join('L');
      return [
        // An area says that the axis begins at nothing.
        ...(low > 0
          ? []
          : [
              `<path class="pp-area" d="M${line}L${round(across(end.atMs))} ${bottom}L${round(across(start.atMs))} ${bottom}Z"/>`,
            ]),
        `<path class="pp-line" d="M${line}"/>`,
      ];
    }),
    ...runs.slice(1).flatMap((run, index) => {
      const before = runs[index]?.at(-1);
      const [after] = run;
      return before === undefined || after === undefined
        ? []
        : [`<path class="pp-gap" d="M${place(before)}L${place(after)}"/>`];
    }),
    `<circle class="pp-dot" cx="${round(across(last.atMs))}" cy="${round(down(last.value))}" r="4"/>`,
    `<text class="pp-end" x="${round(across(last.atMs)) + 10}" y="${round(down(last.value)) + 4}">${formatCompact(last.value)}</text>`,
  ];
}

/** Over how long each rate is. */
function nameStep(rateDays: number): string {
  if (rateDays === 1) return '';
  return rateDays === 7 ? ', by week' : `, by ${rateDays} days`;
}

function drawRates(
  { rates, rateDays, first, last }: MetricStats,
  across: Across,
  edge: number,
  metric: string,
): string[] {
  const known = rates.flatMap(({ perDay }) => (perDay === undefined ? [] : [perDay]));
  if (known.length === 0) return [];
  const ticks = niceTicks(Math.min(0, ...known), Math.max(0, ...known), 4);
  const labels = formatTicks(ticks);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const down = (value: number) =>
    rateTop + rateHeight - ((value - low) / Math.max(1, high - low)) * rateHeight;
  const bar = (rate: Rate) => {
    const from = across(Math.max(rate.startMs, first.atMs));
    const to = across(Math.min(rate.endMs, last.atMs));
    const x = round(from + 0.5);
    const wide = round(Math.max(1, to - from - 1));
    if (rate.perDay === undefined) {
      return `<rect class="pp-unknown" x="${x}" y="${round(down(0)) - 4}" width="${wide}" height="4"><title>${formatDay(rate.startMs)}: not known</title></rect>`;
    }
    const [top, bottom] = [down(Math.max(0, rate.perDay)), down(Math.min(0, rate.perDay))];
    return `<rect class="pp-bar" x="${x}" y="${round(top)}" width="${wide}" height="${round(Math.max(0.5, bottom - top))}"><title>${formatDay(rate.startMs)}: ${formatRate(rate.perDay)} a day</title></rect>`;
  };
  return [
    `<text x="24" y="${rateTop - 16}">${metric} a day${nameStep(rateDays)}</text>`,
    ...gridLines(ticks, labels, down, edge),
    ...rates.map(bar),
    `<path class="pp-zero" d="M${left} ${round(down(0))}H${edge}"/>`,
  ];
}

function gridLines(
  ticks: readonly number[],
  labels: readonly string[],
  down: (value: number) => number,
  edge: number,
): string[] {
  return ticks.map((tick, index) => {
    const y = round(down(tick));
    return `<path class="pp-grid" d="M${left} ${y}H${edge}"/><text x="${left - 10}" y="${y + 4}" text-anchor="end">${labels[index] ?? ''}</text>`;
  });
}

function splitAtGaps(points: readonly CounterPoint[], gaps: readonly Stretch[]): CounterPoint[][] {
  const starts = new Set(gaps.map(({ endMs }) => endMs));
  const runs: CounterPoint[][] = [[]];
  for (const point of points) {
    if (starts.has(point.atMs)) runs.push([]);
    runs.at(-1)?.push(point);
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shorten(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}
