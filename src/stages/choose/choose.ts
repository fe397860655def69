import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Chat } from '../../ports/chat.ts';
import { quote } from '../shortlist/feature.ts';
import { isAboutTopic } from '../shortlist/topic-feature.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { askForChoice } from './ask-chat.ts';
import { overlapsTooMuch, pickVaried } from './variety.ts';

export { momentAt } from './moment-at.ts';

/** What was chosen, best first, and what a reader should know about it. */
export type Choice = { readonly moments: Moment[]; readonly notes: string[] };

/** How many candidates a chat model gets to see, for each clip asked for, and at most. */
const shownPerClip = 3;
const mostShown = 40;

/**
 * Chooses up to `count` moments that do not overlap and do not repeat each other. With a chat model, it ranks the best
 * candidates anew and writes their titles; when it fails or answers nonsense, the words alone decide and the notes say so.
 * @throws input.count_invalid when `count` is no whole number above 0
 */
export async function choose(
  candidates: readonly Moment[],
  options: { count: number; topic?: string | undefined },
  ports: { chat?: Chat; cache: StageCache },
  context: StageContext,
): Promise<Choice> {
  const { count } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new PatternPivotError('input.count_invalid', `${count} clips cannot be made.`, {
      hint: 'Give a whole number, 1 or more.',
      context: { count },
    });
  }
  const varied = pickVaried(candidates, Math.min(mostShown, Math.max(count, count * shownPerClip)));
  const byWords = pickVaried(candidates, count);
  const { moments, notes } =
    ports.chat === undefined || varied.length === 0
      ? { moments: byWords, notes: [] }
      : await chooseWithChat(varied, byWords, options, ports.chat, ports.cache, context);
  return {
    moments,
    notes: [
      ...notes,
      ...sayIfFewer(moments.length, count, candidates.length),
      ...sayIfOffTopic(moments, options.topic),
    ],
  };
}

async function chooseWithChat(
  shown: readonly Moment[],
  byWords: Moment[],
  wish: { count: number; topic?: string | undefined },
  chat: Chat,
  cache: StageCache,
  context: StageContext,
): Promise<Choice> {
  const { count } = wish;
  try {
    const ranked = await askForChoice(shown, wish, chat, cache, context);
    if (ranked.length === 0) {
      return {
        moments: byWords,
        notes: [
          `${chat.model} named none of the candidates: the choice and the titles are by the words alone.`,
        ],
      };
    }
    // What the model left out follows in the order of the words, so that nobody gets fewer clips for having a model.
    const moments: Moment[] = [];
    for (const moment of [...ranked, ...byWords, ...shown]) {
      if (moments.length >= count) break;
      if (!moments.some((chosen) => overlapsTooMuch(chosen, moment))) moments.push(moment);
    }
    return { moments, notes: [] };
  } catch (error) {
    if (context.signal.aborted || (isAbortError(error) && !(error instanceof PatternPivotError))) throw error;
    const why = error instanceof PatternPivotError ? error.message : 'It could not be used.';
    return {
      moments: byWords,
      notes: [`The choice and the titles are by the words alone, since ${chat.model} failed: ${why}`],
    };
  }
}

/** Says how many are about the topic, where some are and others are not; where none is, the short list has said so. */
function sayIfOffTopic(moments: readonly Moment[], topic: string | undefined): string[] {
  if (topic === undefined) return [];
  const about = moments.filter(isAboutTopic).length;
  if (about === 0 || about === moments.length) return [];
  return [
    `${about} of ${moments.length} clips ${about === 1 ? 'is' : 'are'} about ${quote(topic)}; the others are the best of the rest.`,
  ];
}

function sayIfFewer(found: number, count: number, candidates: number): string[] {
  if (found >= count) return [];
  const clips = (number: number) => `${number} ${number === 1 ? 'clip' : 'clips'}`;
  if (candidates === 0)
    return [`${clips(count)} asked for, none found: no stretch of the source could be one.`];
  return [
    `${clips(count)} asked for, ${found} found: every other stretch would overlap one of these. Shorter clips (--min, --max) give more.`,
  ];
}
