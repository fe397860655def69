import type { Finding } from '../../domain/rendition.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { alignWords, countWordErrors } from '../../domain/word-errors.ts';
import { normaliseWords } from '../../domain/word-normaliser.ts';

/** The words heard in the finished file against its captions: that proves cuts and sync, not recognition. */

/** More errors a word than this, and it was cut wrong; a single one is the ear's in a clip of a few words. */
const maxErrorRate = 0.15;
const forgivenErrors = 1;

/** Compares what was heard with the captions. */
export function checkWords(heard: string, expected: Timeline): Finding[] {
  const captions = expected.captions.cues.flatMap((cue) => cue.words.map((word) => word.text)).join(' ');
  const reference = normaliseWords(captions, 'spoken-english');
  const hypothesis = normaliseWords(heard, 'spoken-english');
  if (reference.length === 0) {
    return [{ rule: 'words', status: 'skipped', text: 'It has no captions to compare with.' }];
  }
  const pairs = alignWords(reference, hypothesis);
  const { rate, substitutions, insertions, deletions } = countWordErrors(pairs);
  const value = Number(rate.toFixed(3));
  const isRight = rate <= maxErrorRate || substitutions + insertions + deletions <= forgivenErrors;
  const counts = `${substitutions} other, ${deletions} missing, ${insertions} more, of ${reference.length} words`;
  const missing = new Set(pairs.flatMap((pair) => (pair.kind === 'deletion' ? [pair.reference] : [])));
  // Of "I, I, spectre" heard as "I spectre" either "I" may count as missing, at the same cost: equal words at an end can
  // always be paired without a dearer alignment, so the word at the end is there.
  const isFirstLost = missing.has(0) && hypothesis[0] !== reference[0];
  const isLastLost = missing.has(reference.length - 1) && hypothesis.at(-1) !== reference.at(-1);
  const lost = [
    ...(isFirstLost ? [`the first word ("${reference[0]}")`] : []),
    ...(isLastLost ? [`the last word ("${reference.at(-1)}")`] : []),
  ];
  return [
    {
      rule: 'words',
      status: isRight ? 'passed' : 'failed',
      text: isRight
        ? `Heard back: ${counts}.`
        : `Heard back: ${counts}. At most ${maxErrorRate} errors a word are allowed: look whether cuts and captions fit the sound.`,
      value,
      unit: 'errors a word',
    },
    {
      rule: 'first_and_last_word',
      status: lost.length === 0 ? 'passed' : 'failed',
      text:
        lost.length === 0
          ? 'The first and the last word are heard.'
          : `Heard back without ${lost.join(' and ')}: the cut may have taken it off. Move the cut.`,
    },
  ];
}
