import type { RubricFinding, ScriptFormat, ScriptLine } from '../../domain/script.ts';
import { conclusion, danglingOpening, fillerOpening, leadsOn } from '../shortlist/lexicon.ts';
import { contentWords, straighten } from '../shortlist/signals.ts';
import { splitTopic, stemOf } from '../shortlist/topic.ts';
import type { ReadGrammar } from './grammar.ts';
import { findDevices, openingOf, scoreEnding } from './roles.ts';
import { measureDependence } from './sentence.ts';
import { estimateSpokenMs } from './spoken-length.ts';

/** What a script is held against. */
export type RubricWish = {
  readonly topic: string;
  readonly format: ScriptFormat;
  /** How long it is to be when spoken, in ms. */
  readonly lengthMs: number;
};

/** The spoken length may miss what is wanted by this share. */
const lengthShare = 0.15;

/** A spoken sentence has at most so many words, and on average at most so many. */
const longestSentence = 34;
const meanSentence = 22;

/** At least this share of the lines has a word of the topic, or one that another line has. */
const onIdeaShare = 0.6;

/** What stands on a page and is not said: lists, headings, marks, addresses, brackets, faces. */
const written =
  /^\s*(?:[-*•#]|\d+[.)])\s|[*_#`~|<>{}[\]]|\((?!s\))|\b(?:e\.g\.|i\.e\.|etc\.|aka|w\/)|https?:|www\.|\S+@\S+|#\w|;|\p{Extended_Pictographic}/iu;

/** How long lines are when spoken, pauses between them included, in ms. */
export function spokenLength(lines: readonly Pick<ScriptLine, 'text'>[]): number {
  return lines.reduce((sum, { text }) => sum + estimateSpokenMs(text), 0);
}

/**
 * Holds a script against the rubric by measures alone: what the first three seconds say, whether it stays with one idea, reads as speech,
 * has a passage for what it claims, is as long as wanted, and ends. Pure; English word lists.
 */
export function measureRubric(
  lines: readonly ScriptLine[],
  wish: RubricWish,
  read: ReadGrammar,
): RubricFinding[] {
  const found = (name: RubricFinding['name'], problem: string | undefined, good: string): RubricFinding => {
    return { name, isMet: problem === undefined, by: 'measure', note: (problem ?? good).slice(0, 1000) };
  };
  const first = lines[0]?.text ?? '';
  const spokenMs = spokenLength(lines);
  const devices = findDevices(first);
  return [
    found('hook', judgeHook(first, devices, read), `Opens with ${devices.join(', ')}.`),
    found(
      'one-idea',
      judgeIdea(lines, wish),
      'Its lines share their words with the topic or with each other.',
    ),
    found('spoken', judgeSpeech(lines), 'Reads as speech.'),
    found('grounded', judgeGround(lines), 'Every line that claims something has a passage.'),
    found('length', judgeLength(spokenMs, wish.lengthMs), `About ${seconds(spokenMs)} when spoken.`),
    found('ending', judgeEnding(lines), 'Ends on a finished thought.'),
  ];
}

function judgeHook(first: string, devices: readonly string[], read: ReadGrammar): string | undefined {
  if (first === '') return 'There is no line.';
  const opening = openingOf(first);
  if (fillerOpening.test(straighten(first))) return `Opens with words that say nothing: “${opening}”.`;
  if (measureDependence(first, read) >= 0.45 || danglingOpening.test(straighten(first)))
    return `Opens with a reference to something that was not said: “${opening}”.`;
  if (devices.length === 0)
    return `Nothing in the first three seconds makes anybody stay: “${opening}”. Ask, contradict, name what is at stake, or speak to the listener.`;
  return undefined;
}

function judgeIdea(lines: readonly ScriptLine[], { topic }: RubricWish): string | undefined {
  const stems = lines.map(({ text }) => new Set(contentWords(text).map(stemOf)));
  const wanted = splitTopic(topic).flatMap((wish) => contentWords(wish).map(stemOf));
  const strays = lines.filter((_, index) => {
    const own = stems[index]!;
    if (own.size === 0 || wanted.some((stem) => own.has(stem))) return false;
    return !stems.some((other, place) => place !== index && [...own].some((stem) => other.has(stem)));
  });
  if (strays.length <= lines.length * (1 - onIdeaShare)) return undefined;
  return `${strays.length} of ${lines.length} lines share no word with the topic or another line, such as “${strays[0]?.text.slice(0, 100)}”.`;
}

function judgeSpeech(lines: readonly ScriptLine[]): string | undefined {
  const page = lines.find(({ text }) => written.test(text));
  if (page !== undefined) return `Is written for a page, not for a voice: “${page.text.slice(0, 100)}”.`;
  const sentences = lines
    .flatMap(({ text }) => text.split(/(?<=[.!?])\s+/u))
    .map((text) => text.split(/\s+/u).length);
  const longest = Math.max(0, ...sentences);
  if (longest > longestSentence)
    return `A sentence has ${longest} words; a listener follows ${longestSentence} at most.`;
  const mean = sentences.reduce((sum, count) => sum + count, 0) / Math.max(1, sentences.length);
  if (mean > meanSentence)
    return `Its sentences have ${Math.round(mean)} words on average; speech has fewer than ${meanSentence}.`;
  return undefined;
}

function judgeGround(lines: readonly ScriptLine[]): string | undefined {
  const grounded = lines.filter(({ receipts }) => receipts.length > 0).length;
  if (grounded === 0) return 'No line has a passage.';
  return grounded < lines.length / 2
    ? `Only ${grounded} of ${lines.length} lines have a passage.`
    : undefined;
}

function judgeLength(spokenMs: number, lengthMs: number): string | undefined {
  const share = spokenMs / lengthMs - 1;
  if (Math.abs(share) <= lengthShare) return undefined;
  return `It is spoken in about ${seconds(spokenMs)}, and ${seconds(lengthMs)} is wanted: ${share > 0 ? 'leave something out' : 'say more of what the passages say'}.`;
}

function judgeEnding(lines: readonly ScriptLine[]): string | undefined {
  const first = lines[0]?.text ?? '';
  const last = lines.at(-1)?.text ?? '';
  if (!/[.!?。！？]["'”’)]*$/u.test(last)) return `The last line is no whole sentence: “${last.slice(-80)}”.`;
  const plain = straighten(last);
  if (leadsOn.test(plain) && !conclusion.test(plain))
    return `The last line announces something that does not come: “${last.slice(0, 100)}”.`;
  const own = new Set(contentWords(first).map(stemOf));
  const loops = contentWords(last).some((stem) => own.has(stemOf(stem)));
  if (/\?["'”’)]*$/u.test(last) && !loops)
    return `Ends on a question that nobody answers: “${last.slice(0, 100)}”.`;
  if (lines.length > 1 && scoreEnding(last) < 0.2 && !loops)
    return `Stops rather than ends: “${last.slice(0, 100)}”.`;
  return undefined;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
