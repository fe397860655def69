import type { ScriptLine } from '../../domain/script.ts';
import { stripControls } from '../shortlist/title.ts';
import { judgeGrounding, type GroundCheck } from './grounding.ts';

/** A line as a model gives it: numbers of passages count from 1. */
export type RawLine = { readonly text: string; readonly passages: readonly (number | string)[] };

/** What remains of a draft when it was held against its passages, and what was struck, with the reason. */
export type CheckedDraft = { readonly lines: readonly ScriptLine[]; readonly struck: readonly string[] };

const maxLineChars = 600;
const maxLines = 40;

/** The sentences of a text, one line each. */
export function splitSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?…。！？]["'”’)]?)\s+(?=[\p{L}\p{N}"'“‘(])/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Strikes every sentence that the passages do not bear out, and gives the others their receipts. Pure. */
export function checkLines(raw: readonly RawLine[], check: GroundCheck): CheckedDraft {
  const struck: string[] = [];
  const kept: { text: string; receipts: ScriptLine['receipts'] }[] = [];
  for (const { text, passages } of raw.slice(0, maxLines)) {
    const line = stripControls(text).replaceAll(/\s+/gu, ' ').trim();
    if (!/[\p{L}\p{N}]/u.test(line)) continue;
    if (line.length > maxLineChars) {
      struck.push(`${line.slice(0, maxLineChars - 1)}… (It is too long to be one line.)`);
      continue;
    }
    const named = readNumbers(passages, check.grounds.length);
    const sentences: string[] = [];
    const grounds = new Set<number>();
    for (const sentence of splitSentences(line)) {
      const verdict = judgeGrounding(sentence, named, check);
      if (!verdict.isGrounded) {
        struck.push(`${sentence} (${verdict.why})`);
        continue;
      }
      sentences.push(sentence);
      for (const ground of verdict.grounds) grounds.add(ground);
    }
    if (sentences.length === 0) continue;
    const receipts = [...grounds].slice(0, 10).map((index) => check.grounds[index]!.receipt);
    kept.push({ text: sentences.join(' '), receipts });
  }
  return {
    lines: kept.map(({ text, receipts }, index) => {
      return { text, role: index === 0 ? 'hook' : index === kept.length - 1 ? 'payoff' : 'build', receipts };
    }),
    struck,
  };
}

/** Places of passages that were shown, each once, from 0; models write 2, "2", "[2]" and "passage 2". */
function readNumbers(named: readonly (number | string)[], count: number): number[] {
  const places = named.flatMap((name) => {
    const number = typeof name === 'number' ? name : Number(/^\D{0,12}(\d{1,4})\D{0,2}$/u.exec(name)?.[1]);
    return Number.isInteger(number) && number >= 1 && number <= count ? [number - 1] : [];
  });
  return [...new Set(places)];
}
