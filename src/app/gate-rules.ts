import { PatternPivotError } from '../domain/errors.ts';
import type { GateRules } from '../recipes/gate/judge-clip.ts';
import { readTextFile } from '../recipes/read-text.ts';
import type { Config } from './config.ts';

/** A list of words is never larger than this, in bytes; and never longer. */
const maxListBytes = 1_000_000;
const maxWords = 10_000;

/** What the user allows: their own list of words, in the configuration and in a file, and whether they earn money. @throws not_found.file, input.* */
export async function readGateRules({ publish }: Pick<Config, 'publish'>): Promise<GateRules> {
  const { bannedWords, bannedWordsFile: path, isCommercial } = publish;
  const text = path === undefined ? '' : await readTextFile(path, { maxBytes: maxListBytes });
  const listed = text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .map((line) => line.replace(/(?:^|\s)#.*$/u, '').trim())
    .filter((word) => word !== '');
  if (listed.length > maxWords) {
    throw new PatternPivotError('input.too_many_words', `There are ${listed.length} words in ${path}.`, {
      hint: `Keep at most ${maxWords}; a * at the end of one stands for any ending.`,
      context: { path },
    });
  }
  return { bannedWords: [...new Set([...bannedWords, ...listed])], isCommercial };
}
