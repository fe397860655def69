import type { Feature } from './feature.ts';
import { quote } from './feature.ts';
import * as lexicon from './lexicon.ts';
import { straighten } from './signals.ts';

/** How finished a text is, 0 to 1: a full stop is 1, an open end 0.4, a trailing "and" 0. */
export function completeness(text: string, closesSentence: boolean): number {
  const plain = straighten(text).trim();
  if (/[.!?…]["')\]”]*$/u.test(plain)) {
    if (/(?:…|\.\.\.)["')\]”]*$/u.test(plain)) return 0.5;
    return 1;
  }
  if (lexicon.trailingEnd.test(plain)) return 0;
  if (/[,;:–—-]$/u.test(plain)) return 0.2;
  return closesSentence ? 0.6 : 0.4;
}

/** Features of the end: is there a payoff, and is it over? */
export const endingFeatures: readonly Feature[] = [
  {
    name: 'ending.complete',
    scope: 'end',
    measure: (material, { to }) =>
      completeness(material.units[to - 1]!.text, material.units[to - 1]!.closesSentence),
    tell: (value, material, { to }) =>
      value >= 0.5
        ? 'Ends with a finished sentence'
        : `Ends in mid-thought: ${quote(lastWords(material.units[to - 1]!.text))}`,
  },
  {
    name: 'ending.conclusion',
    scope: 'end',
    measure(material, { to }) {
      if (!material.isEnglish) return undefined;
      if (lexicon.conclusion.test(straighten(material.units[to - 1]!.text))) return 1;
      const before = material.units[to - 2];
      return before !== undefined && lexicon.conclusion.test(straighten(before.text)) ? 0.5 : 0;
    },
    tell: (value, material, { to }) =>
      `Ends on a conclusion: ${quote(material.units[value === 1 ? to - 1 : to - 2]?.text ?? '')}`,
  },
  {
    name: 'ending.leads-on',
    scope: 'end',
    measure(material, { to }) {
      const { text } = material.units[to - 1]!;
      if (/\?["')\]”’]*$/u.test(text.trim()) || text.trim().endsWith(':')) return 1;
      if (!material.isEnglish) return 0;
      return lexicon.leadsOn.test(straighten(text)) ? 1 : 0;
    },
    tell: (_, material, { to }) =>
      `Its last sentence promises more than the clip gives: ${quote(material.units[to - 1]!.text)}`,
  },
];

function lastWords(text: string): string {
  return text.split(/\s+/u).slice(-6).join(' ');
}
