import { alignWords } from '../../domain/word-errors.ts';
import type { SpokenWord } from '../../ports/voice.ts';

/** A speech sound, and when it ends: seconds from the beginning of its utterance. */
type Phone = { readonly name: string; readonly endSeconds: number };

/** What Flite calls a pause. */
const pause = 'pau';

/**
 * What `flite -psdur` prints: a line an utterance, of phones and where they end (`pau:0.223 ih:0.318`). The utterances lie one after another.
 * Undefined where it is something else.
 */
export function readPhones(printed: string): Phone[] | undefined {
  const phones: Phone[] = [];
  let before = 0;
  for (const line of printed.split('\n')) {
    let end = before;
    for (const part of line.split(' ').filter((each) => each !== '')) {
      const [, name, seconds] = /^([a-z]+):(\d+\.\d+)$/u.exec(part) ?? [];
      if (name === undefined || seconds === undefined) return undefined;
      end = before + Number(seconds);
      phones.push({ name, endSeconds: end });
    }
    before = end;
  }
  return phones;
}

/** What `flite -ps` prints of words, each an utterance of its own: the phones of each. Undefined where it is not a line a word. */
export function readPhonesOfWords(printed: string, count: number): string[][] | undefined {
  const lines = printed.trimEnd().split('\n');
  if (lines.length !== count) return undefined;
  const words = lines.map((line) => line.split(' ').filter((name) => name !== '' && name !== pause));
  return words.every((phones) => phones.length > 0 && phones.every((name) => /^[a-z]+$/u.test(name)))
    ? words
    : undefined;
}

/**
 * When each word is heard, by the phones of the whole and those that each word has when it stands alone. Both differ a little (“the” before a
 * vowel, “Dr.” before a name), so they are paired by least edit distance; a phone that belongs to nobody goes with the word before it, or,
 * after a pause, with the next.
 */
export function timeByPhones(
  words: readonly string[],
  phonesOfWords: readonly (readonly string[])[],
  phones: readonly Phone[],
): SpokenWord[] {
  const sounds = phones.flatMap(({ name, endSeconds }, index) =>
    name === pause ? [] : [{ name, startSeconds: phones[index - 1]?.endSeconds ?? 0, endSeconds, index }],
  );
  const owners = phonesOfWords.flatMap((own, word) => own.map(() => word));
  const pairs = alignWords(
    phonesOfWords.flat(),
    sounds.map(({ name }) => name),
  );
  const spans: ({ startMs: number; endMs: number } | undefined)[] = words.map(() => undefined);
  const give = (word: number, { startSeconds, endSeconds }: (typeof sounds)[number]) => {
    const startMs = Math.round(startSeconds * 1000);
    const endMs = Math.round(endSeconds * 1000);
    const span = spans[word];
    if (span === undefined) spans[word] = { startMs, endMs };
    else span.endMs = Math.max(span.endMs, endMs);
  };
  let last = 0;
  let lastSound = -1;
  const loose: (typeof sounds)[number][] = [];
  for (const pair of pairs) {
    if (pair.hypothesis === undefined) continue;
    const sound = sounds[pair.hypothesis]!;
    const isAfterPause = sound.index !== lastSound + 1 && lastSound >= 0;
    lastSound = sound.index;
    if (pair.reference === undefined) {
      if (isAfterPause || loose.length > 0 || spans[last] === undefined) loose.push(sound);
      else give(last, sound);
      continue;
    }
    last = owners[pair.reference] ?? last;
    for (const each of loose.splice(0)) give(last, each);
    give(last, sound);
  }
  for (const each of loose) give(last, each);
  let earliest = 0;
  return words.map((text, index) => {
    // What has no sound of its own ("Mrs." swallowed by its neighbour) lies where the one before it ends.
    const { startMs, endMs } = spans[index] ?? { startMs: earliest, endMs: earliest };
    const from = Math.max(startMs, earliest);
    earliest = Math.max(from, endMs);
    return { text, startMs: from, endMs: earliest };
  });
}
