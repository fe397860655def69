import type { CaptionLook } from '../../domain/caption-look.ts';
import type { Cue } from '../../domain/timeline.ts';
import { formatNumber } from './ass-script.ts';
import type { CueLayout, PlacedWord } from './layout.ts';

/** Words that are typed: a word is uncovered letter by letter while it is spoken, by a clip that grows. */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A word is typed within this share of its time: the last letter is not the last moment. */
const typedShare = 0.8;

/** No word takes longer to type than this for each letter, in ms. */
const maxLetterMs = 90;

/**
 * Tags that uncover a word's letters one after the other; empty for styles that show words whole. `spoken` counts ms from
 * the start of the event that the tags stand in. Joined scripts stay joined, since nothing is drawn in parts.
 */
export function revealTags(
  { cue, layout, style }: { readonly cue: Cue; readonly layout: CueLayout; readonly style: CaptionLook },
  word: PlacedWord,
  spoken: { readonly fromMs: number },
): string {
  if (style.reveal !== 'letter') return '';
  const own = cue.words[word.wordIndex];
  const parts = layout.words.filter((other) => other.wordIndex === word.wordIndex);
  const letters = parts.flatMap((part) => lettersOf(part).map((letter) => ({ part, letter })));
  const spokenMs = Math.max(1, ((own?.endMs ?? 0) - (own?.startMs ?? 0)) * typedShare);
  const letterMs = Math.min(maxLetterMs, spokenMs / letters.length);
  const edge = layout.outlinePx + layout.shadowPx;
  const top = formatNumber(word.box.top - edge);
  const bottom = formatNumber(word.box.bottom + edge);
  const clip = (shownPx: number, isWhole: boolean) => {
    const start = word.isRightToLeft ? word.box.right + edge : word.box.left - edge;
    const inner = word.isRightToLeft ? lettersRight(word) - shownPx : lettersLeft(word) + shownPx;
    const end = isWhole ? (word.isRightToLeft ? word.box.left - edge : word.box.right + edge) : inner;
    const [left, right] = word.isRightToLeft ? [end, start] : [start, end];
    return `\\clip(${formatNumber(left)},${top},${formatNumber(right)},${bottom})`;
  };
  // Nothing is shown before the first letter.
  const start = word.isRightToLeft ? word.box.right + edge : word.box.left - edge;
  let tags = `\\clip(${formatNumber(start)},${top},${formatNumber(start)},${bottom})`;
  const ownLetters = lettersOf(word);
  for (const [at, { part, letter }] of letters.entries()) {
    if (part !== word) continue;
    const atMs = Math.round(spoken.fromMs + at * letterMs);
    const isWhole = letter === ownLetters.at(-1);
    const whole = clip(letter.shownPx, isWhole);
    tags = atMs === 0 ? whole : `${tags}\\t(${atMs},${Math.max(1, atMs)},${whole})`;
  }
  return tags;
}

function lettersLeft(word: PlacedWord): number {
  return word.centerX - (word.shaped.widthEm * word.emPx) / 2;
}

function lettersRight(word: PlacedWord): number {
  return word.centerX + (word.shaped.widthEm * word.emPx) / 2;
}

type Letter = { readonly shownPx: number };

const known = new WeakMap<PlacedWord, readonly Letter[]>();

/** How much of a word is shown when each of its letters has been typed, in px of its width. */
function lettersOf(word: PlacedWord): readonly Letter[] {
  const cached = known.get(word);
  if (cached !== undefined) return cached;
  const letters = [...graphemes.segment(word.text)].map(({ index, segment }) => {
    const end = index + segment.length;
    const shownEm = word.shaped.advances
      .filter((advance) => advance.index < end)
      .reduce((total, advance) => total + advance.widthEm, 0);
    return { shownPx: shownEm * word.emPx };
  });
  known.set(word, letters);
  return letters;
}
