import { basename } from 'node:path';

/** The name of a source for a person: its file name without line breaks and other control characters. */
export function sourceName(path: string): string {
  return basename(path)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}
