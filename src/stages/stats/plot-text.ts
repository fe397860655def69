import type { Stretch } from './measure.ts';
import { dateTicks, formatTickDate, formatTicks, niceTicks } from './scale.ts';
import type { CounterPoint } from './series.ts';

/** How large a plot is, in columns and rows of a terminal, its axes among them. */
export type TextPlotSize = { readonly columns: number; readonly rows: number };

/** A character of Braille has two dots across and four down; which bit is which dot: https://www.unicode.org/charts/PDF/U2800.pdf */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Fewer columns than this hold no plot. */
const fewestColumns = 24;

/**
 * Draws a counter over time in characters of Braille: values on the left, dates below, nothing where nothing is known.
 * @returns lines without colours; none where there are too few points or columns
 */
export function plotText(
  points: readonly CounterPoint[],
  gaps: readonly Stretch[],
  { columns, rows }: TextPlotSize,
): string[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || first.atMs === last.atMs) return [];
  const values = points.map(({ value }) => value);
  const lines = Math.max(3, rows - 2);
  const ticks = niceTicks(Math.min(...values), Math.max(...values), Math.min(5, lines));
  const labels = formatTicks(ticks);
  const labelColumns = Math.max(...labels.map((label) => label.length));
  const width = columns - labelColumns - 2;
  if (width < fewestColumns - labelColumns) return [];

  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const across = (atMs: number) => ((atMs - first.atMs) / (last.atMs - first.atMs)) * (width * 2 - 1);
  const down = (value: number) => ((high - value) / (high - low)) * (lines * 4 - 1);
  const cells = Array.from({ length: lines }, () => Array.from({ length: width }, () => 0));
  const dot = (x: number, y: number) => {
    const [column, row] = [Math.floor(x / 2), Math.floor(y / 4)];
    const line = cells[row];
    if (line?.[column] !== undefined) line[column] |= dotBits[y % 4]?.[x % 2] ?? 0;
  };
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    const [x, y] = [across(point.atMs), down(point.value)];
    const isAfterGap = before !== undefined && gaps.some(({ startMs }) => startMs === before.atMs);
    if (before === undefined || isAfterGap) dot(Math.round(x), Math.round(y));
    else drawLine(dot, across(before.atMs), down(before.value), x, y);
  }

  const rowOf = (value: number) => Math.floor(down(value) / 4);
  const labelOfRow = new Map(ticks.map((tick, index) => [rowOf(tick), labels[index] ?? '']));
  const body = cells.map((line, row) => {
    const label = labelOfRow.get(row);
    const text = line.map((bits) => (bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits))).join('');
    return `${(label ?? '').padStart(labelColumns)} ${label === undefined ? '│' : '┤'}${text}`.trimEnd();
  });
  return [
    ...body,
    `${' '.repeat(labelColumns)} └${'─'.repeat(width)}`,
    ' '.repeat(labelColumns + 2) + dateLine(first.atMs, last.atMs, width),
  ];
}

function drawLine(dot: (x: number, y: number) => void, x0: number, y0: number, x1: number, y1: number): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
  for (let step = 0; step <= steps; step += 1) {
    const share = step / steps;
    dot(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share));
  }
}

/** Dates below the places that they are, none over another. */
function dateLine(startMs: number, endMs: number, width: number): string {
  const span = endMs - startMs;
  const found = dateTicks(startMs, endMs, Math.max(2, Math.floor(width / 14)));
  const ticks = found.length > 0 ? found : [startMs];
  let line = '';
  for (const tick of ticks) {
    const text = formatTickDate(tick, span);
    const middle = Math.round(((tick - startMs) / span) * (width - 1));
    const at = Math.max(0, Math.min(width - text.length, middle - Math.floor(text.length / 2)));
    if (line !== '' && at < line.length + 2) continue;
    line = line.padEnd(at) + text;
  }
  return line;
}
