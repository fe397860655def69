import type { Receipt } from '../../domain/script.ts';
import { housekeeping } from '../shortlist/lexicon.ts';
import { properNames, straighten } from '../shortlist/signals.ts';
import { stemOf } from '../shortlist/topic.ts';
import { speaksToMachine } from './instructions.ts';
import { saysOpposite } from './opposites.ts';
import { fold, shareIn, stemsOf, words } from './text-words.ts';

/** Whether what a script says was said: measured here, whatever a model says of itself. */

/** A passage that a script may rest on. */
export type Ground = {
  readonly text: string;
  readonly title: string;
  readonly speaker?: string | undefined;
  readonly receipt: Receipt;
};

/** What one asks with, and claims nothing by. */
const askingStems: ReadonlySet<string> = new Set(
  'wonder notice guess imagine think thought know believe feel tell happen live question answer secret truth remember picture stop wait'
    .split(' ')
    .map(stemOf),
);

/** What a sentence is held against. */
export type GroundCheck = {
  readonly grounds: readonly Ground[];
  readonly topic: string;
  /** How alike in meaning a sentence of the script and a passage's nearest sentence are: a cosine. */
  likeness(sentence: string, ground: number): number;
};

/** How a sentence fared: the passages that bear it out, best first (none where it claims nothing), or why it is struck. */
export type GroundVerdict =
  | { readonly isGrounded: true; readonly grounds: readonly number[] }
  | { readonly isGrounded: false; readonly why: string };

/**
 * A sentence is borne out from this support on: the share of its content words that a passage has, or half of that and half its likeness
 * in meaning, where that is more. Chosen on paraphrases and inventions by hand (test file).
 */
const leastSupport = 0.52;

/** With so many of its words nearly nothing else counts: paraphrase has others. */
const likenessFrom = 0.3;
const likenessTo = 0.8;

/** Likeness in meaning alone proves nothing: "Antidepressants cause cancer" is near to anything said of antidepressants. */
const leastLexical = 0.4;

/** A question only asks; its words must still be those of the topic or the passages, or it smuggles a claim in. */
const leastAskedSupport = 0.5;

const maxReceipts = 3;

const address =
  /https?:|www\.|\S+@\S+|(?:^|\s)[@#]\w|\b[\w-]+\.(?:com|org|net|io|tv|me|ly|co|app|dev|example)\b/iu;
const quoted = /["“„«]([^"“”„«»]{3,400})["”“»]/gu;

/** Holds one sentence against the passages; `named`: those that the model names, from 0. Pure. */
export function judgeGrounding(
  sentence: string,
  named: readonly number[],
  check: GroundCheck,
): GroundVerdict {
  const struck = (why: string): GroundVerdict => ({ isGrounded: false, why });
  const plain = straighten(sentence);
  if (address.test(plain)) return struck('It holds an address or a handle.');
  if (housekeeping.test(plain)) return struck('It talks about the channel, not about the topic.');
  if (speaksToMachine(plain)) return struck('It repeats instructions to a machine.');
  const own = stemsOf(sentence);
  const asks = /\?["'”’)]*$/u.test(plain);
  const everything = [check.topic, ...check.grounds.map(({ text, title }) => `${text} ${title}`)].join(' ');
  const asked = new Set([...own].filter((stem) => !askingStems.has(stem)));
  if (asks || asked.size === 0) {
    const missing = findForeign(sentence, everything);
    if (missing !== undefined) return struck(missing);
    if (asked.size > 0 && shareIn(asked, stemsOf(everything)) < leastAskedSupport)
      return struck('It asks about something else than the passages.');
    return { isGrounded: true, grounds: [] };
  }
  const ranked = check.grounds
    .map((ground, index) => {
      const lexical = shareIn(own, stemsOf(ground.text));
      const alike = Math.max(
        0,
        Math.min(1, (check.likeness(sentence, index) - likenessFrom) / (likenessTo - likenessFrom)),
      );
      const support = Math.max(lexical, (lexical + alike) / 2);
      return { index, support, lexical, isNamed: named.includes(index) };
    })
    .filter(({ support, lexical }) => support >= leastSupport && lexical >= leastLexical)
    // What the model names counts a little more, and what it does not name may still be where it is from.
    .toSorted(
      (one, other) => other.support + (other.isNamed ? 0.1 : 0) - one.support - (one.isNamed ? 0.1 : 0),
    );
  if (ranked.length === 0) return struck('The passages do not say so.');
  // One passage that says the opposite outweighs another that is merely near.
  if (ranked.some(({ index }) => saysOpposite(sentence, check.grounds[index]!.text))) {
    return struck('The passage says the opposite.');
  }
  let why = 'The passages do not say so.';
  const sound = ranked.filter(({ index }) => {
    const { title, text } = check.grounds[index]!;
    const fault = findForeign(sentence, `${check.topic} ${title} ${text}`);
    if (fault !== undefined) why = fault;
    return fault === undefined;
  });
  if (sound.length === 0) return struck(why);
  return { isGrounded: true, grounds: sound.slice(0, maxReceipts).map(({ index }) => index) };
}

/** Whether a title claims nothing that was not said: its words, in whatever case, and its numbers. Pure. */
export function isTitleSound(
  title: string,
  { grounds, topic }: Pick<GroundCheck, 'grounds' | 'topic'>,
): boolean {
  const plain = straighten(title);
  if (address.test(plain) || housekeeping.test(plain) || speaksToMachine(plain)) return false;
  const everything = [topic, ...grounds.map(({ text, title: name }) => `${text} ${name}`)].join(' ');
  return (
    findForeign(title.toLowerCase(), everything) === undefined &&
    shareIn(stemsOf(title), stemsOf(everything)) >= leastAskedSupport
  );
}

/** What a sentence names that a text does not: a number, a name, words in quotation marks. */
function findForeign(sentence: string, text: string): string | undefined {
  const known = new Set(numbersIn(text));
  const number = numbersIn(sentence).find((one) => !known.has(one));
  if (number !== undefined) return `It gives a number that the passages do not: ${number}.`;
  const folded = fold(text);
  const name = properNames(sentence).find((one) => !folded.includes(fold(one).replace(/'s$/u, '')));
  if (name !== undefined) return `It names what the passages do not: ${name.slice(0, 60)}.`;
  const plain = ` ${words(text).join(' ')} `;
  const invented = [...sentence.matchAll(quoted)].find(
    ([, said = '']) => words(said).length >= 3 && !plain.includes(` ${words(said).join(' ')} `),
  );
  return invented === undefined ? undefined : 'It puts words into quotation marks that nobody said.';
}

const numberNames: Readonly<Record<string, string>> = {
  zero: '0',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
  eleven: '11',
  twelve: '12',
  thirteen: '13',
  fourteen: '14',
  fifteen: '15',
  sixteen: '16',
  seventeen: '17',
  eighteen: '18',
  nineteen: '19',
  twenty: '20',
  thirty: '30',
  forty: '40',
  fifty: '50',
  sixty: '60',
  seventy: '70',
  eighty: '80',
  ninety: '90',
  hundred: '100',
  thousand: '1000',
  million: '1e6',
  billion: '1e9',
  half: '1/2',
  twice: '2',
  double: '2',
  triple: '3',
  third: '1/3',
  quarter: '1/4',
  percent: '%',
};

/** Numbers in figures and in words, each as one form: "1,200", "fifteen", "%". "One" is mostly a pronoun. */
function numbersIn(text: string): string[] {
  return words(text.replaceAll('%', ' percent ')).flatMap((word) => {
    if (/^\d/u.test(word)) return [word.replaceAll(/[,']|(?:st|nd|rd|th|s)$/gu, '').replace(/\.0+$/u, '')];
    const parts = word.split('-').flatMap((part) => numberNames[part.replace(/(?<=.{3})s$/u, '')] ?? []);
    return parts;
  });
}
