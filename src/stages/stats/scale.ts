/** Axes: round numbers and dates, and how they are written. */

const dayMs = 86_400_000;

/** Round values from below the lowest to above the highest one, about `count` of them, two at least. Never a fraction where counts are counted. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const span = Math.max(high - low, 1);
  const rough = span / Math.max(1, count - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const whole = Number.isInteger(step) ? step : Math.ceil(step);
  const first = Math.floor(low / whole) * whole;
  const ticks: number[] = [];
  for (let value = first; ticks.length < 50; value += whole) {
    ticks.push(value);
    if (value >= high && ticks.length > 1) break;
  }
  return ticks;
}

/** Round dates (midnight in UTC) within a stretch, `most` of them at most; none for less than a day. */
export function dateTicks(startMs: number, endMs: number, most: number): number[] {
  const days = (endMs - startMs) / dayMs;
  const stepDays = [1, 2, 7, 14].find((step) => days / step <= most);
  if (stepDays !== undefined) {
    const first = Math.ceil(startMs / (stepDays * dayMs)) * stepDays * dayMs;
    return rangeOf(first, endMs, stepDays * dayMs);
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120].find((step) => days / 30.4 / step <= most) ?? 240;
  const ticks: number[] = [];
  const start = new Date(startMs);
  for (let month = start.getUTCFullYear() * 12; ; month += months) {
    const atMs = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (atMs > endMs) return ticks;
    if (atMs >= startMs) ticks.push(atMs);
  }
}

function rangeOf(first: number, end: number, step: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.floor((end - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const compactFine = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 3 });
const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `812`, `12.3K`, `4.6M`. */
export function formatCompact(value: number): string {
  return compact.format(value).replace('-', '−');
}

/** Numbers of an axis, short and yet each another. */
export function formatTicks(ticks: readonly number[]): string[] {
  const short = ticks.map(formatCompact);
  return new Set(short).size === ticks.length
    ? short
    : ticks.map((tick) => compactFine.format(tick).replace('-', '−'));
}

/** `1,234,567`. */
export function formatCount(value: number): string {
  return plain.format(value).replace('-', '−');
}

/** `+1,234`, `−12`, `0`. */
export function formatChange(value: number): string {
  return `${value > 0 ? '+' : ''}${formatCount(value)}`;
}

/** A rate a day: whole numbers from 100 on. */
export function formatRate(value: number): string {
  const text = (Math.abs(value) < 100 ? fine : plain).format(value).replace('-', '−');
  return value > 0 && text !== '0' ? `+${text}` : text;
}

const monthDay = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const monthYear = new Intl.DateTimeFormat('en', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** `Nov 5` where days matter, `Nov 2026` where months do. */
export function formatTickDate(atMs: number, spanMs: number): string {
  return (spanMs > 150 * dayMs ? monthYear : monthDay).format(atMs);
}

/** `2026-11-05`, of UTC. */
export function formatDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
