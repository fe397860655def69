import { PatternPivotError } from '../../domain/errors.ts';
import type { Source } from '../../domain/source.ts';
import { alignWords } from '../../domain/word-errors.ts';
import { normaliseWords } from '../../domain/word-normaliser.ts';
import { hear, type HearPorts } from '../hear/hear.ts';
import type { StageContext } from '../stage.ts';

/** What whoever is recorded must say, so that their voice may be cloned. */
export const consentPhrase =
  'I am the owner of this voice. I agree that a computer may speak with my voice in new videos.';

/** So many of its words must be heard, in order and together: recognisers mishear some, nobody else says so by chance. As a share. */
const leastHeard = 0.8;

/** Words of other kinds among them at most, as a share of the phrase's. */
const mostBetween = 0.3;

/**
 * Listens to a recording for the phrase in which its owner agrees. It tells what was said, not who said it: that remains the user's word.
 * @throws input.no_consent with what is to be said, and what hearing throws
 */
export async function assertConsent(
  recording: Source,
  ports: HearPorts,
  context: StageContext,
): Promise<void> {
  const outcome = await hear(recording, { glossary: [], language: 'en' }, ports, context);
  const heard = outcome.status === 'done' ? outcome.value.transcript.words.map(({ text }) => text) : [];
  if (saysConsent(heard.join(' '))) return;
  const reason = outcome.status === 'done' ? 'It says something else.' : outcome.reason;
  throw new PatternPivotError(
    'input.no_consent',
    `In ${recording.path} nobody is heard to agree that their voice is cloned. ${reason}`,
    {
      hint: `Record its owner saying, in English: "${consentPhrase}" (docs/voices.md)`,
      context: { path: recording.path },
    },
  );
}

/** Whether the phrase is somewhere in what was heard. Pure. */
export function saysConsent(heard: string): boolean {
  const phrase = normaliseWords(consentPhrase, 'spoken-english');
  const words = normaliseWords(heard, 'spoken-english');
  const window = Math.ceil(phrase.length * (1 + mostBetween));
  for (let from = 0; from < words.length; from++) {
    // One of the first three is heard right, or the rest is not enough.
    if (!phrase.slice(0, 3).includes(words[from] ?? '')) continue;
    const pairs = alignWords(phrase, words.slice(from, from + window));
    const matched = pairs.filter(({ kind }) => kind === 'match');
    if (matched.length < phrase.length * leastHeard) continue;
    const last = matched.at(-1)?.hypothesis ?? 0;
    const between = pairs.filter(
      ({ kind, hypothesis }) => kind === 'insertion' && hypothesis !== undefined && hypothesis < last,
    );
    if (
      between.length <= phrase.length * mostBetween &&
      !isDenied(words.slice(Math.max(0, from - 3), from + last + 1))
    ) {
      return true;
    }
  }
  return false;
}

/** "I do not agree" has nearly all the words, too. */
function isDenied(words: readonly string[]): boolean {
  return words.some((word) => ['not', 'never', 'disagree', 'no', 'cannot'].includes(word));
}
