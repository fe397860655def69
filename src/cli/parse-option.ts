import { InvalidArgumentError } from 'commander';
import { layoutNames, type Layout } from '../domain/aspect.ts';
import type { RangedWish } from '../domain/framing.ts';
import type { TimeRange } from '../domain/time.ts';

/** A time as people write it: `90`, `90.5`, `1:30`, `1:02:03.5`, `90s`. In ms. */
export function parseTime(text: string): number {
  const match = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)s?$/u.exec(text.trim());
  const [, hours, minutes, seconds] = match ?? [];
  if (seconds === undefined || (minutes !== undefined && Number(seconds) >= 60)) {
    throw new InvalidArgumentError('Write a time like 90, 1:30 or 1:02:03.5.');
  }
  if (hours !== undefined && Number(minutes) >= 60) {
    throw new InvalidArgumentError('Write a time like 90, 1:30 or 1:02:03.5.');
  }
  return Math.round(((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds)) * 1000);
}

/** A time in seconds, for a setting. */
export function parseSeconds(text: string): number {
  return parseTime(text) / 1000;
}

/** A range: `12:30-13:05`. Called once for each time the option is given. */
export function collectRange(text: string, before: readonly TimeRange[] = []): TimeRange[] {
  const [from, to, ...rest] = text.split(/[-–]/u);
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new InvalidArgumentError('Write a range like 12:30-13:05.');
  }
  const range = { startMs: parseTime(from), endMs: parseTime(to) };
  if (range.endMs <= range.startMs) throw new InvalidArgumentError('The range ends before it begins.');
  return [...before, range];
}

/** A whole number. */
export function parseCount(text: string): number {
  if (!/^\d{1,6}$/u.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** A size: `500MB`, `5GB`, `1.5 T`. In bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/iu.exec(text.trim());
  const unit = sizeUnits[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) throw new InvalidArgumentError('Write a size like 500MB or 5GB.');
  return Math.round(Number(match[1]) * unit);
}

/** A date: `2024`, `2024-05`, `2024-05-01`, or a moment in ISO 8601; without a time it is midnight in UTC. ISO 8601. */
export function parseDate(text: string): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?$/u.exec(text.trim());
  const [, year, month = '01', day = '01', rest = 'T00:00:00Z'] = match ?? [];
  const moment = new Date(`${year}-${month}-${day}${rest}`);
  // JavaScript takes the 30th of February for the 1st of March.
  const isReal = new Date(`${year}-${month}-${day}T00:00:00Z`).toJSON()?.slice(8, 10) === day;
  if (Number.isNaN(moment.getTime()) || !isReal) {
    throw new InvalidArgumentError('Write a date like 2024-05-01.');
  }
  return moment.toISOString();
}

/** One text after the other, for an option that may be given several times. */
export function collectText(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** A layout for everything, or for a range of the source. */
export type LayoutChoice = { readonly layout: Layout; readonly range?: TimeRange };

/** A layout, or one for a range: `split@1:30-2:00`. Called once for each time the option is given. */
export function collectLayout(text: string, before: readonly LayoutChoice[] = []): LayoutChoice[] {
  const [name, rangeText, ...rest] = text.split('@');
  const layout = layoutNames.find((known) => known === name);
  if (layout === undefined || rest.length > 0) {
    throw new InvalidArgumentError(`Write one of ${layoutNames.join(', ')}, with a range behind it or not.`);
  }
  const [range] = rangeText === undefined ? [] : collectRange(rangeText);
  return [...before, range === undefined ? { layout } : { layout, range }];
}

/** What choices of a layout mean: the last one for everything, and those for ranges. */
export function readLayouts(choices: readonly LayoutChoice[] = []): {
  readonly layout: Layout | undefined;
  readonly rangedWishes: readonly RangedWish[];
} {
  return {
    layout: choices.findLast(({ range }) => range === undefined)?.layout,
    rangedWishes: choices.flatMap(({ layout, range }): RangedWish[] =>
      range === undefined ? [] : [{ ...range, layout }],
    ),
  };
}
