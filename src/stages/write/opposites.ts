import { straighten } from '../shortlist/signals.ts';
import { shareIn, stemsOf, words } from './text-words.ts';

/** A sentence that has so much of its words from one said clause, and turns its "not" around, says the opposite. */
const sameClause = 0.65;

/** Words of which one cannot stand for the other. */
const pairs = `early late, more less, more fewer, most least, most few, better worse, best worst, good bad, high low, higher lower,
  increase decrease, increases decreases, raise lower, always never, always rarely, easy hard, true false, right wrong, safe dangerous,
  cheap expensive, strong weak, stronger weaker, fast slow, faster slower, short long, win lose, success failure, all none, everyone nobody,
  before after, first last, possible impossible, gain loss, rise fall, rises falls, old new, rich poor, love hate, helps hurts`;

const opposites = new Map<string, Set<string>>();
for (const pair of pairs.split(',')) {
  const [one = '', other = ''] = pair.trim().split(/\s+/u);
  for (const [word, turned] of [
    [one, other],
    [other, one],
  ] as const) {
    opposites.set(word, (opposites.get(word) ?? new Set()).add(turned));
  }
}

/** Whether a passage says nearly the same as a sentence with "not", or without, or with the opposite word. English. */
export function saysOpposite(sentence: string, text: string): boolean {
  const own = stemsOf(sentence);
  const clauses = text.split(clauseEnd).map((said) => ({ said, share: shareIn(own, stemsOf(said)) }));
  const [same] = clauses.toSorted((one, other) => other.share - one.share);
  if (same === undefined) return false;
  if (same.share >= sameClause && isNegated(same.said) !== isNegated(sentence)) return true;
  const said = new Set(words(same.said));
  const turned = words(sentence).some(
    (word) => !said.has(word) && [...(opposites.get(word) ?? [])].some((other) => said.has(other)),
  );
  return turned && same.share >= sameClause / 2;
}

const clauseEnd =
  /[.!?,;:–—]\s+|\s(?:but|because|although|though|while|whereas|which|so that|and (?:then|so))\s/iu;

const negation =
  /\b(?:not|never|no|nobody|nothing|none|neither|nor|cannot|without|hardly|rarely|\w+n't)\b(?! (?:only|just|merely|simply)\b)/giu;

function isNegated(text: string): boolean {
  return (straighten(text).match(negation)?.length ?? 0) % 2 === 1;
}
