import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { overruleSchema, type Overrule } from '../../domain/gate.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import type { FoundFilm } from '../queue/films.ts';
import { readTextFile } from '../read-text.ts';

/** What a person takes upon them, in a `.gate.json` beside the film: it goes where the film goes, and the queue takes it. */

const maxBytes = 1_000_000;

/** The document beside a film. */
const gateFileSchema = z.strictObject({
  version: z.literal(1),
  /** Of the film that was overruled: for another one, nobody has said anything. */
  contentHash: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
  overruled: z.array(overruleSchema).max(200),
});

/** Where a film's overrules stand: `01-why.mp4` has `01-why.gate.json`. */
export function gateFilePath({ folder, files: { film } }: Pick<FoundFilm, 'folder' | 'files'>): string {
  return join(folder, `${basename(film, extname(film))}.gate.json`);
}

/** Reads what was overruled about this very film. `isOther`: there are words about another film of that name. @throws input.gate_file_invalid */
export async function readOverrules(
  film: FoundFilm,
  contentHash: string,
): Promise<{ readonly overruled: readonly Overrule[]; readonly isOther: boolean }> {
  const path = gateFilePath(film);
  let text: string;
  try {
    text = await readTextFile(path, { maxBytes });
  } catch (error) {
    if (error instanceof PatternPivotError && error.kind === 'not_found')
      return { overruled: [], isOther: false };
    throw error;
  }
  const parsed = gateFileSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new PatternPivotError('input.gate_file_invalid', `${path} is not as it should be.`, {
      hint: 'Delete it, and overrule again: pivot check <film> --overrule <rule> --why "..."',
      context: { path },
    });
  }
  const isOther = parsed.data.contentHash !== contentHash;
  return { overruled: isOther ? [] : parsed.data.overruled, isOther };
}

/** Writes what is overruled about a film, whole or not at all. */
export async function writeOverrules(
  film: FoundFilm,
  contentHash: string,
  overruled: readonly Overrule[],
): Promise<void> {
  const path = gateFilePath(film);
  const value = gateFileSchema.parse({ version: 1, contentHash, overruled });
  await writeWhole(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** What was overruled before still is; the same rule once more takes the place of the older word. */
export function mergeOverrules(before: readonly Overrule[], now: readonly Overrule[]): Overrule[] {
  return [...before.filter(({ rule }) => !now.some((one) => one.rule === rule)), ...now];
}

/** Writes a text beside where it goes, and then in its place. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(path, '..', temporaryFileName());
  await withFileErrors(path, async () => {
    try {
      await writeFile(temporary, text, { flag: 'wx' });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
