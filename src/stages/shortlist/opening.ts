import type { Feature } from './feature.ts';
import { quote } from './feature.ts';
import * as lexicon from './lexicon.ts';
import type { Material } from './material.ts';
import { straighten } from './signals.ts';
import type { FeatureName } from './weights.ts';

/** Features of the first three seconds: 1 when the device is there, 0 when not. Judged on English words, but for two. */
export const openingFeatures: readonly Feature[] = [
  opening(
    'opening.question',
    'Opens with a question',
    (text, sentence) => asks(text, sentence),
    'any language',
  ),
  opening('opening.curiosity', 'Opens by holding something back', (text) => lexicon.curiosity.test(text)),
  opening('opening.stakes', 'Opens with something at stake', (text) => lexicon.stakes.test(text)),
  opening('opening.contrast', 'Opens against what one expects', (text) => lexicon.openingContrast.test(text)),
  opening('opening.address', 'Speaks to the viewer at once', (text) =>
    lexicon.address.test(withoutPhrase(text)),
  ),
  opening('opening.story', 'Opens a story', (text) => lexicon.openingStory.test(text)),
  opening('opening.claim', 'Opens with a strong claim', (text) => lexicon.claim.test(text)),
  opening(
    'opening.number',
    'Opens with a number',
    (text) => /\d/u.test(text) || lexicon.numberWords.test(text),
    'any language',
  ),
  opening('opening.filler', 'Opens with words that say nothing', (text) => lexicon.fillerOpening.test(text)),
];

/** Whether a text asks: by its mark, or by how it begins. */
export function asks(opening: string, sentence: string): boolean {
  return (
    /\?["'”’)\]]*(?:\s|$)/u.test(opening) ||
    /^[^.!]*\?["'”’)\]]*$/u.test(sentence.trim()) ||
    lexicon.questionOpening.test(straighten(opening))
  );
}

/** "You know" speaks to nobody. */
function withoutPhrase(text: string): string {
  return text.replaceAll(/\b(?:you know|you see|thank you|if you will)\b/giu, ' ');
}

function opening(
  name: FeatureName,
  words: string,
  has: (opening: string, sentence: string) => boolean,
  language: 'English' | 'any language' = 'English',
): Feature {
  return {
    name,
    scope: 'start',
    measure(material: Material, { from }) {
      if (language === 'English' && !material.isEnglish) return undefined;
      return has(straighten(material.opening(from)), material.units[from]!.text) ? 1 : 0;
    },
    tell: (_, material, { from }) => `${words}: ${quote(material.opening(from))}`,
  };
}
