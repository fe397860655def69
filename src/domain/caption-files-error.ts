import { basename } from 'node:path';
import { PatternPivotError } from './errors.ts';

/** The error for captions that cannot be read: which file, which line (from 1), what is wrong and what it should be. */
export function captionsInvalid(
  name: string,
  line: number | undefined,
  what: string,
  hint = 'SRT, WebVTT and JSON with words are understood.',
): PatternPivotError {
  const place = line === undefined ? '' : `, line ${line}`;
  return new PatternPivotError('input.captions_invalid', `${basename(name)}${place}: ${what}.`, {
    hint,
    context: { name, ...(line === undefined ? {} : { line }) },
  });
}
