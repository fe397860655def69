import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseCaptionFile } from '../domain/caption-files.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Transcript } from '../domain/transcript.ts';
import { readTextFile } from '../recipes/read-text.ts';

/** A text of words is never larger than this, in bytes. */
const maxTextBytes = 64_000_000;

/** Most names that a glossary may hold: each is compared with every word. */
const maxTerms = 1000;

/** Reads a transcript that a user has: SRT, VTT or our JSON. @throws input.* as the parser says, not_found.file */
export async function readTranscript(path: string): Promise<Transcript> {
  return parseCaptionFile(await readTextFile(path, { maxBytes: maxTextBytes }), basename(path));
}

/** Reads a glossary: a file with a term a line (`#` begins a comment), or the terms themselves with commas between them. */
export async function readGlossaryOption(value: string): Promise<string[]> {
  const isFile = (await stat(value).catch(() => undefined))?.isFile() === true;
  const text = isFile ? await readTextFile(value, { maxBytes: maxTextBytes }) : value;
  const terms = text
    .split(isFile ? /[\r\n,]+/u : ',')
    .map((term) => term.trim())
    .filter((term) => term !== '' && !term.startsWith('#'));
  if (terms.length > maxTerms || terms.some((term) => term.length > 100)) {
    throw new PatternPivotError(
      'input.glossary_too_large',
      `The glossary has ${terms.length} terms, or one of more than 100 characters: ${value.slice(0, 200)}`,
      { hint: `Keep at most ${maxTerms} names that are really said.`, context: { terms: terms.length } },
    );
  }
  return terms;
}
