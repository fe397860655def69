import { styleText } from 'node:util';

/** A stream that text goes to, as far as it matters how. */
export type Output = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

/** Colours that are only used on a terminal, and never with `NO_COLOR` (https://no-color.org). */
export type Paint = (style: 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan', text: string) => string;

/** A painter for one stream. */
export function createPaint(output: Output, env: Readonly<Record<string, string | undefined>>): Paint {
  const isColoured = output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
}

/**
 * A text that does nothing but show: control characters, escape sequences and marks that turn the direction of text are
 * written out (`\n`, `\x1b`, `\u202e`). File names and titles come from strangers.
 */
export function toPrintable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\uD800-\uDFFF]/gu,
    (letter) => {
      if (letter === '\n') return '\\n';
      const hex = (letter.codePointAt(0) ?? 0).toString(16);
      return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
    },
  );
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** How many columns a text takes, without colours: ideographs and emoji take two. */
export function measureColumns(text: string): number {
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** Shortens a text to a number of columns, with an ellipsis where something was left out. */
export function shorten(text: string, maxColumns: number): string {
  if (measureColumns(text) <= maxColumns) return text;
  let kept = '';
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = wide.test(segment) ? 2 : 1;
    if (columns + width > maxColumns - 1) break;
    kept += segment;
    columns += width;
  }
  return maxColumns < 1 ? '' : `${kept}…`;
}

/** Pads a text with spaces to a number of columns. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - measureColumns(text)));
}

/** A duration for a person: `4 s`, `3:07`, `1:02:45`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** A place in a source: `0:04`, `12:30`, `1:02:45`. */
export function formatPosition(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** A size for a person: `12 kB`, `3.4 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
