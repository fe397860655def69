import type { Reason } from '../../domain/moment.ts';
import { aloneFeatures } from './alone.ts';
import { deliveryFeatures } from './delivery.ts';
import { endingFeatures } from './ending.ts';
import type { Feature, Stretch } from './feature.ts';
import type { Material } from './material.ts';
import { openingFeatures } from './opening.ts';
import { shapeFeatures } from './shape.ts';
import { substanceFeatures } from './substance.ts';
import { topicFeatures } from './topic-feature.ts';
import { baseScore, featureWeights, scorePerWeight } from './weights.ts';

/** All features, in the order of docs/finding-moments.md. */
export const features: readonly Feature[] = [
  ...openingFeatures,
  ...aloneFeatures,
  ...endingFeatures,
  ...substanceFeatures,
  ...deliveryFeatures,
  ...shapeFeatures,
  ...topicFeatures,
];

/** What adds less than this to the score is no reason worth reading. */
const smallestReason = 0.005;

/** Scores stretches of one source; what depends on the first or the last unit alone is measured once. */
export interface Scorer {
  /** 0 to 1. */
  score(stretch: Stretch): number;
  /** Why it scored so: what spoke for it first, what spoke against it last. The contributions add up to score − 0.5. */
  explain(stretch: Stretch): Reason[];
}

/** Prepares to score the stretches of a source. */
export function createScorer(material: Material): Scorer {
  const byScope = Map.groupBy(features, (feature) => feature.scope);
  const ofUnit = (scope: 'start' | 'end') =>
    Float64Array.from(material.units, (unit, index) =>
      sumOf(byScope.get(scope) ?? [], material, {
        from: index,
        to: index + 1,
        startMs: unit.startMs,
        endMs: unit.endMs,
      }),
    );
  const starts = ofUnit('start');
  const ends = ofUnit('end');
  const ofStretch = byScope.get('stretch') ?? [];
  return {
    score: (stretch) =>
      bendIntoUnit(
        baseScore + starts[stretch.from]! + ends[stretch.to - 1]! + sumOf(ofStretch, material, stretch),
      ),
    explain: (stretch) =>
      features
        .flatMap((feature): Reason[] => {
          const value = feature.measure(material, stretch);
          if (value === undefined) return [];
          const contribution = contributionOf(feature, value);
          if (Math.abs(contribution) < smallestReason) return [];
          return [
            {
              feature: feature.name,
              value: round(value),
              contribution: round(contribution),
              text: feature.tell(value, material, stretch),
            },
          ];
        })
        .sort((a, b) => b.contribution - a.contribution),
  };
}

/** Scores bend this far from 0 and 1. */
const bend = 0.1;

/** Brings a score between 0 and 1, and keeps the order of those far out: two that are both very good are not the same. */
export function bendIntoUnit(score: number): number {
  if (score < 0.5) return 1 - bendIntoUnit(1 - score);
  const above = score - (1 - bend);
  return above <= 0 ? score : 1 - bend * Math.exp(-above / bend);
}

function sumOf(group: readonly Feature[], material: Material, stretch: Stretch): number {
  let sum = 0;
  for (const feature of group) {
    const value = feature.measure(material, stretch);
    if (value !== undefined) sum += contributionOf(feature, value);
  }
  return sum;
}

function contributionOf(feature: Feature, value: number): number {
  const { weight, neutral } = featureWeights[feature.name];
  return weight * (value - neutral) * scorePerWeight;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
