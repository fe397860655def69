import type { Moment, Reason } from '../../domain/moment.ts';
import type { Seen } from '../../domain/shot.ts';
import { scorePerWeight } from '../shortlist/weights.ts';
import { lookFeatures, lookWeights } from './look-features.ts';

/** What adds less than this to the score is no reason worth reading. */
const smallestReason = 0.005;

/**
 * Ranks moments again by what was seen of them: each that lies in a watched range gets the features of the picture added to
 * its score and its reasons; the others stay as they are. Best first; equal ones keep their order. What was added before is
 * replaced, so that ranking twice changes nothing. Pure.
 */
export function rerank(candidates: readonly Moment[], seen: readonly Seen[]): Moment[] {
  return candidates.map((moment) => rankOne(moment, seen)).toSorted((a, b) => b.score - a.score);
}

function rankOne(moment: Moment, seen: readonly Seen[]): Moment {
  const watched = seen.find(({ startMs, endMs }) => startMs <= moment.startMs && endMs >= moment.endMs);
  if (watched === undefined || watched.pictures.length === 0) return moment;
  const heard = moment.reasons.filter(({ feature }) => !Object.hasOwn(lookWeights, feature));
  const before = moment.reasons
    .filter((reason) => !heard.includes(reason))
    .reduce((sum, reason) => sum + reason.contribution, 0);
  const added = lookFeatures.flatMap((feature): Reason[] => {
    const value = feature.measure(watched, moment);
    if (value === undefined) return [];
    const { weight, neutral } = lookWeights[feature.name];
    const contribution = round(weight * (value - neutral) * scorePerWeight);
    if (Math.abs(contribution) < smallestReason) return [];
    return [
      {
        feature: feature.name,
        value: round(value),
        contribution,
        text: feature.tell(value, watched, moment),
      },
    ];
  });
  const sum = added.reduce((total, reason) => total + reason.contribution, 0);
  return {
    ...moment,
    score: Math.max(0, Math.min(1, moment.score - before + sum)),
    reasons: [...heard, ...added].toSorted((a, b) => b.contribution - a.contribution),
  };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
