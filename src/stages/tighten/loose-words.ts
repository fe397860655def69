import type { RemovedStretch } from '../../domain/tightening.ts';
import type { Word } from '../../domain/transcript.ts';

/** Words that a speaker would take back: fillers, and what was begun, broken off and begun again. */

/** Words that may go together, all or none: indexes `from` to `to` (half-open), and what they are. */
export type LooseWords = {
  readonly from: number;
  readonly to: number;
  readonly kind: Exclude<RemovedStretch['kind'], 'silence'>;
};

/** Sounds of hesitation as they are written, by language: "um" is an article in Portuguese, and "er" is "he" in German. */
const fillersByLanguage: Readonly<Record<string, readonly string[]>> = {
  en: ['um', 'uh', 'uhm', 'umm', 'uhh', 'er', 'erm', 'hm', 'hmm'],
  de: ['äh', 'ähm', 'öh', 'öhm', 'hm', 'hmm'],
  fr: ['euh', 'heu'],
  nl: ['uh', 'uhm', 'eh', 'ehm'],
  es: ['eh', 'em', 'ehm'],
  it: ['ehm', 'uhm'],
  pt: ['hã', 'ahn'],
  sv: ['öh', 'eh', 'ehm'],
};

/**
 * Words that nobody says twice for effect ("very, very", "no, no, no" are) and that rarely follow on themselves in a
 * sentence ("that that", "had had", "is is" do). Other languages repeat such words by grammar ("nous nous", "die, die"),
 * so this is for English alone.
 */
const subjects = ['i', 'we', 'you', 'he', 'she', 'they', 'it', "i'm", "we're", "it's", "i've", "we've"];
const functionWords: ReadonlySet<string> = new Set(
  subjects.concat(
    'the a an and but or if when because as to of in on at for from with by into about'.split(' '),
    'my your his our their its this these those there was were are am be can could will would should'.split(
      ' ',
    ),
  ),
);

/** A restart comes at once: words further apart than this were said twice on purpose. In ms. */
const restartWithinMs = 1200;

/** The longest beginning that is looked for, in words. */
const maxRestartWords = 3;

const brokenOff = /^\p{L}+[-–—]+$/u;
const endsWithMark = /[.!?…;:]["'”’)\]]*$/u;

/** Every run of words that may go, in order and without overlaps. Whether it can be cut out cleanly is another question. */
export function findLooseWords(words: readonly Word[], language: string): LooseWords[] {
  const primary = language.toLowerCase().split('-')[0] ?? '';
  const fillers = fillersByLanguage[primary] ?? [];
  const plain = words.map((word) => toPlain(word.text));
  const loose: LooseWords[] = [];
  let index = 0;
  while (index < words.length) {
    const restart =
      (primary === 'en' ? findRestart(words, plain, index) : undefined) ?? findBrokenOff(words, plain, index);
    if (fillers.includes(plain[index] ?? '')) {
      loose.push({ from: index, to: index + 1, kind: 'filler' });
      index += 1;
    } else if (restart !== undefined) {
      loose.push({ from: index, to: restart, kind: 'false-start' });
      index = restart;
    } else {
      index += 1;
    }
  }
  return loose;
}

/** Where the words from `from` on begin again, or undefined: "we have, we have a", "the the". */
function findRestart(words: readonly Word[], plain: readonly string[], from: number): number | undefined {
  for (let length = maxRestartWords; length >= 1; length--) {
    const again = from + length;
    const next = again + length;
    // What begins again goes on: "I know, I know." is said for effect.
    if (next >= words.length) continue;
    const first = plain.slice(from, again);
    if (first.some((text, offset) => text === '' || text !== plain[again + offset])) continue;
    const members = words.slice(from, next);
    if (members.some((word) => endsWithMark.test(word.text))) continue;
    const [last, begun] = [words[again - 1], words[again]];
    if (last === undefined || begun === undefined || begun.startMs - last.endMs > restartWithinMs) continue;
    // A third time is a list or a song.
    if (first.every((text, offset) => text === plain[next + offset])) return undefined;
    const isPlainFunction = first.every((text) => functionWords.has(text));
    const isSubjectFirst = length > 1 && subjects.includes(first[0] ?? '');
    if (isPlainFunction || isSubjectFirst) return again;
  }
  return undefined;
}

/** A word that was broken off and is said whole next: "recog- recognise". */
function findBrokenOff(words: readonly Word[], plain: readonly string[], from: number): number | undefined {
  const [word, next] = [words[from], plain[from + 1]];
  if (word === undefined || next === undefined || !brokenOff.test(word.text)) return undefined;
  const begun = plain[from] ?? '';
  return begun.length > 0 && next.startsWith(begun) ? from + 1 : undefined;
}

function toPlain(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/[^\p{L}\p{N}']/gu, '');
}
