import { contentWords, straighten } from '../shortlist/signals.ts';
import { stemOf } from '../shortlist/topic.ts';

/** The words of a text that carry content, as stems. */
export function stemsOf(text: string): Set<string> {
  return new Set(contentWords(text).map(stemOf));
}

/** How much of some is in all, 0 to 1. */
export function shareIn(some: ReadonlySet<string>, all: ReadonlySet<string>): number {
  return some.size === 0 ? 0 : [...some].filter((stem) => all.has(stem)).length / some.size;
}

/** Lower case, without accents, apostrophes straight. */
export function fold(text: string): string {
  return straighten(text).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** The words and numbers of a text, folded. */
export function words(text: string): string[] {
  return fold(text).match(/\d[\d.,]*\d|[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*/gu) ?? [];
}
