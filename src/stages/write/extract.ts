import type { ScriptFormat, ScriptLine } from '../../domain/script.ts';
import { questionOpening } from '../shortlist/lexicon.ts';
import { straighten } from '../shortlist/signals.ts';
import { stripControls } from '../shortlist/title.ts';
import { composeExtract, type ExtractOptions, type PlacedSentence } from './compose-extract.ts';
import type { SaidSentence } from './gather-sentences.ts';
import { findDevices } from './roles.ts';
import { estimateSpokenMs } from './spoken-length.ts';

/** Lines made of sentences that were said, and what a reader should know about them. */
export type Extract = { readonly lines: readonly ScriptLine[]; readonly notes: readonly string[] };

/** A script of fewer sentences is none. */
const leastSentences = 2;

/** "Three:" is spoken in about so many ms. */
const numeralMs = 450;

/** A topic of more words is not spoken in an opening. */
const mostTopicWords = 10;

/** How items are counted aloud; a list has at most so many. */
const numerals = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'];

/**
 * Makes a script of the creator's own sentences. Only a list and a question may open with a line that nobody said: how many things there
 * are, and the user's own question; they claim nothing and have no receipt. Undefined where there is too little. Pure.
 */
export function extractScript(
  sentences: readonly SaidSentence[],
  options: ExtractOptions,
): Extract | undefined {
  const reservedMs =
    options.format === 'list' ? estimateSpokenMs(announceList(5, options.topic)) + 4 * numeralMs : 0;
  const lengthMs = Math.max(2000, options.lengthMs - reservedMs);
  const placed = composeExtract(sentences, { ...options, lengthMs });
  if (placed === undefined || placed.length < leastSentences) return undefined;
  const said = placed.map(toLine);
  const { opening, lines, note } = openAs(options.format, said, placed, options.topic);
  const all = [
    ...(opening === undefined ? [] : [{ text: opening, role: 'hook' as const, receipts: [] }]),
    ...lines,
  ];
  return {
    lines: all.map(({ text, receipts }, index) => {
      return { text, role: roleAt(index, all.length), receipts };
    }),
    notes: note === undefined ? [] : [note],
  };
}

type Opened = { readonly opening?: string; readonly lines: readonly ScriptLine[]; readonly note?: string };

function openAs(
  format: ScriptFormat,
  said: readonly ScriptLine[],
  placed: readonly PlacedSentence[],
  topic: string,
): Opened {
  if (format === 'list') return openList(said, placed, topic);
  const first = said[0]!.text;
  if (format === 'question') {
    if (asks(first)) return { lines: said };
    const question = plainLine(topic);
    if (asks(question) || questionOpening.test(straighten(question))) {
      const asked = `${question.replace(/[\s.!?…]+$/u, '')}?`;
      return { opening: asked.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()), lines: said };
    }
    return { lines: said, note: 'No question that can open it was asked there: it opens on a statement.' };
  }
  if (format === 'myth' && !findDevices(first).includes('a turn against what one expects')) {
    return {
      lines: said,
      note: 'Nothing there turns against what one expects as an opening: it opens on the nearest to that.',
    };
  }
  return { lines: said };
}

/** Each train of thought is an item; what is no item of several stands without a number. */
function openList(said: readonly ScriptLine[], placed: readonly PlacedSentence[], topic: string): Opened {
  const count = placed.filter(({ goesOn }) => !goesOn).length;
  if (count < 2 || count > numerals.length) {
    return { lines: said, note: 'There is too little on the topic for a list: it is one thing.' };
  }
  let item = 0;
  const lines = said.map((line, index) => {
    if (placed[index]!.goesOn) return line;
    item += 1;
    return { ...line, text: `${numerals[item - 1]}: ${line.text}` };
  });
  return { opening: announceList(count, topic), lines };
}

function announceList(count: number, topic: string): string {
  const about = plainLine(topic).replace(/[\s.,;:!?…]+$/u, '');
  const isShort = about.split(' ').length <= mostTopicWords;
  return `${numerals[count - 1]} things ${isShort ? `you should know about ${about}` : 'worth knowing'}.`;
}

function toLine({ sentence, goesOn }: PlacedSentence): ScriptLine {
  const { assetId, startMs, endMs, text, openingText } = sentence;
  return { text: goesOn ? text : openingText, role: 'build', receipts: [{ assetId, startMs, endMs }] };
}

function asks(text: string): boolean {
  return /[?？]["'”’)]*$/u.test(text);
}

function roleAt(index: number, count: number): ScriptLine['role'] {
  if (index === 0) return 'hook';
  return index === count - 1 ? 'payoff' : 'build';
}

function plainLine(text: string): string {
  return stripControls(text).replaceAll(/[<>]/gu, ' ').replaceAll(/\s+/gu, ' ').trim();
}
