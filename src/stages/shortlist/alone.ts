import type { Feature } from './feature.ts';
import { clampUnit, quote } from './feature.ts';
import * as lexicon from './lexicon.ts';
import { properNames, straighten } from './signals.ts';

/** How strongly a text hangs on what came before it, 0 to 1: "And so he …" fully, "But the plan …" in part. */
export function looseReference(text: string): number {
  const plain = straighten(text).trim();
  if (lexicon.danglingOpening.test(plain)) {
    // A name close by may be what the pronoun means: "When he was twelve, Mozart …".
    const early = plain.split(/\s+/u).slice(0, 8).join(' ');
    return properNames(early).length > 0 ? 0.6 : 1;
  }
  if (/^\p{Ll}/u.test(plain) && !/^(?:i|e)[A-Z]/u.test(plain))
    return lexicon.joiningOpening.test(plain) ? 0.6 : 0.4;
  if (lexicon.joiningOpening.test(plain)) return /^(?:so|now|but)\b/iu.test(plain) ? 0.3 : 0.5;
  return 0;
}

/** Features of standing alone: does a viewer who starts here understand? */
export const aloneFeatures: readonly Feature[] = [
  {
    name: 'alone.reference',
    scope: 'start',
    measure(material, { from }) {
      if (!material.isEnglish) return undefined;
      const { text, opensSentence } = material.units[from]!;
      // Captions without punctuation are all in lower case: that says nothing of a phrase inside one.
      return looseReference(
        opensSentence ? text : text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()),
      );
    },
    tell: (value, material, { from }) =>
      value >= 0.6
        ? `Begins with a reference to something before it: ${quote(material.opening(from))}`
        : `Joins on to the sentence before it: ${quote(material.opening(from))}`,
  },
  {
    name: 'alone.back-reference',
    scope: 'stretch',
    measure(material, { from, to }) {
      if (!material.isEnglish) return undefined;
      return backReferenceIn(openingSentences(material.units, from, to)) === undefined ? 0 : 1;
    },
    tell: (_, material, { from, to }) =>
      `Points back at what a viewer has not heard: ${quote(
        backReferenceIn(openingSentences(material.units, from, to)) ?? '',
      )}`,
  },
  {
    name: 'alone.new-topic',
    scope: 'start',
    measure(material, { from }) {
      if (material.semantics === undefined) return undefined;
      // Between neighbouring sentences a likeness of 0.3 to 0.4 is usual with the encoders at hand.
      return clampUnit((material.semantics.novel[from]! - 0.3) / 0.6);
    },
    tell: (value) =>
      value >= 0.5
        ? 'A new topic begins here'
        : 'Begins in the middle of a topic: what came before belongs to it',
  },
];

function openingSentences(units: readonly { text: string }[], from: number, to: number): string {
  return units
    .slice(from, Math.min(to, from + 2))
    .map((unit) => unit.text)
    .join(' ');
}

function backReferenceIn(text: string): string | undefined {
  return lexicon.backReference.exec(straighten(text))?.[0];
}
