import type { Feature, Stretch } from './feature.ts';
import { clampUnit } from './feature.ts';
import type { Material } from './material.ts';
import { coherenceOf, cosineOfStretches } from './semantics.ts';

/** How many units before a stretch are compared with it: about a minute and a half of talk. */
const lookBackUnits = 20;

/** Features of what is said, against the rest of the source. */
export const substanceFeatures: readonly Feature[] = [
  {
    name: 'substance.interest',
    scope: 'stretch',
    // Means over many sentences lie close together: the range that they cover is drawn out.
    measure: (material, stretch) => clampUnit((meanOf(material.ratings, material, stretch) - 0.1) / 0.8),
    tell: (value) =>
      value >= 0.5
        ? `Denser and nearer to the heart of the matter than most of the source (interest ${percent(value)})`
        : `Thinner or further from the heart of the matter than most of the source (interest ${percent(value)})`,
  },
  {
    name: 'substance.coherent',
    scope: 'stretch',
    measure({ semantics }, { from, to }) {
      if (semantics === undefined || to - from < 2) return undefined;
      return clampUnit(coherenceOf(semantics, from, to) / 0.5);
    },
    tell: (value) => (value >= 0.5 ? 'Stays with one idea' : 'Wanders from one idea to another'),
  },
  {
    name: 'substance.distinct',
    scope: 'stretch',
    measure({ semantics }, { from, to }) {
      if (semantics === undefined || from === 0) return undefined;
      const likeness = cosineOfStretches(semantics, Math.max(0, from - lookBackUnits), from, from, to);
      // Neighbouring stretches of one talk are alike by 0.6 to 0.8.
      return clampUnit((0.95 - likeness) / 0.5);
    },
    tell: (value) => (value >= 0.5 ? 'Brings something new' : 'Repeats what was said just before'),
  },
  {
    name: 'substance.housekeeping',
    scope: 'stretch',
    measure(material, stretch) {
      const { housekeeping } = material.signals;
      if (housekeeping === undefined) return undefined;
      return clampUnit(meanOf(housekeeping, material, stretch) * 2);
    },
    tell: () => 'Talks about the video, its makers or its sponsors',
  },
];

/** Mean of a value a unit over a stretch, long units counting more. */
function meanOf(values: Float64Array, { units }: Material, { from, to }: Stretch): number {
  let sum = 0;
  let weights = 0;
  for (let index = from; index < to; index++) {
    const weight = Math.max(1, units[index]!.endMs - units[index]!.startMs);
    sum += weight * values[index]!;
    weights += weight;
  }
  return weights === 0 ? 0 : sum / weights;
}

function percent(value: number): string {
  return `${Math.round(value * 100)} of 100`;
}
