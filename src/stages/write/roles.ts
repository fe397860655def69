import * as lexicon from '../shortlist/lexicon.ts';
import { contentShare, properNames, straighten } from '../shortlist/signals.ts';
import { asks as asksSomething } from '../shortlist/opening.ts';
import { estimateSpokenMs } from './spoken-length.ts';

/** How well a sentence opens or closes a short, by its words alone. English word lists; of other languages length and marks count. */

/** What decides whether a viewer stays, in ms. */
export const hookMs = 3000;

/** What makes somebody listen, and how much of a hook it is. */
const devices: readonly { readonly name: string; readonly weight: number; has(opening: string): boolean }[] =
  [
    { name: 'a question', weight: 0.32, has: (opening) => asksSomething(opening, opening) },
    { name: 'something held back', weight: 0.25, has: (opening) => lexicon.curiosity.test(opening) },
    { name: 'something at stake', weight: 0.18, has: (opening) => lexicon.stakes.test(opening) },
    {
      name: 'a turn against what one expects',
      weight: 0.25,
      has: (opening) => lexicon.openingContrast.test(opening),
    },
    { name: 'a word to the listener', weight: 0.18, has: (opening) => lexicon.address.test(opening) },
    { name: 'a story', weight: 0.2, has: (opening) => lexicon.openingStory.test(opening) },
    { name: 'a strong claim', weight: 0.15, has: (opening) => lexicon.claim.test(opening) },
    {
      name: 'a number',
      weight: 0.12,
      has: (opening) => /\d/u.test(opening) || lexicon.numberWords.test(opening),
    },
  ];

/** The words of a line that are heard in its first three seconds. */
export function openingOf(line: string): string {
  const words = line.split(/\s+/u);
  let opening = '';
  for (const word of words) {
    // The pause after the sentence is not part of it.
    if (opening !== '' && estimateSpokenMs(`${opening} ${word}`) - 500 > hookMs) break;
    opening = opening === '' ? word : `${opening} ${word}`;
  }
  return opening;
}

/** What in the first three seconds makes somebody listen, in words; empty where nothing does. */
export function findDevices(line: string): string[] {
  const opening = straighten(openingOf(line)).replaceAll(/\b(?:you know|you see)\b/giu, ' ');
  return devices.filter((device) => device.has(opening)).map(({ name }) => name);
}

/** How well a line opens a short, 0 to 1. */
export function scoreHook(line: string): number {
  const found = new Set(findDevices(line));
  const sum = devices.reduce((all, { name, weight }) => all + (found.has(name) ? weight : 0), 0);
  const lengthMs = estimateSpokenMs(line);
  const long = Math.max(0, Math.min(1, (lengthMs - 4500) / 6000));
  const short = lengthMs < 1300 ? 0.25 : 0;
  const empty = contentShare({ text: line }) < 0.25 ? 0.15 : 0;
  return clamp(0.15 + Math.min(0.75, sum) - 0.35 * long - short - empty);
}

/** How well a line closes a short, 0 to 1. */
export function scoreEnding(line: string): number {
  const plain = straighten(line);
  const lengthMs = estimateSpokenMs(line);
  let score = 0.35;
  if (lexicon.conclusion.test(plain)) score += 0.35;
  if (lexicon.claim.test(plain)) score += 0.12;
  if (lexicon.contrast.test(plain)) score += 0.08;
  if (lexicon.address.test(plain) || /\b(?:we|us|our|all)\b/iu.test(plain)) score += 0.1;
  if (lexicon.leadsOn.test(plain) || plain.endsWith(':')) score -= 0.5;
  if (/\?["')]*$/u.test(plain)) score -= 0.4;
  if (lexicon.example.test(plain)) score -= 0.25;
  if (/\b(?:first|one of|for starters|begin|began|starts?)\b/iu.test(plain)) score -= 0.1;
  if (/^(?:in|on|by) (?:1[5-9]|20)\d\d\b|^(?:then|later|next|soon)\b/iu.test(plain)) score -= 0.15;
  if (properNames(line).length > 2) score -= 0.15;
  if (lengthMs > 9000) score -= 0.12;
  return clamp(score);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
