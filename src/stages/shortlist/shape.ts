import type { Cut } from './cuts.ts';
import { clampUnit, type Feature, type Stretch } from './feature.ts';
import type { Material } from './material.ts';

/** A pause this long makes a cut that nobody hears, in ms. */
const comfortablePauseMs = 500;

/** How near a length is to the target, 0 to 1: 1 on it, 0.5 at a third longer or a quarter shorter, 0 far away. */
export function lengthFit(lengthMs: number, targetMs: number): number {
  const octaves = Math.log2(lengthMs / targetMs);
  return Math.exp(-Math.LN2 * (octaves / 0.415) ** 2);
}

/** Features of a stretch's shape in time. */
export const shapeFeatures: readonly Feature[] = [
  {
    name: 'shape.length',
    scope: 'stretch',
    measure: ({ targetMs }, { startMs, endMs }) => lengthFit(endMs - startMs, targetMs),
    tell: (value, { targetMs }, { startMs, endMs }) =>
      `${seconds(endMs - startMs)} long, ${value >= 0.5 ? 'near' : 'far from'} the ${seconds(targetMs)} aimed at`,
  },
  cutFeature(
    'shape.cut-in',
    'start',
    'Cut in after',
    'to cut in at its start',
    ({ cutsIn }, { from }) => cutsIn[from]!,
  ),
  cutFeature(
    'shape.cut-out',
    'end',
    'Cut out in',
    'to cut out at its end',
    ({ cutsOut }, { to }) => cutsOut[to - 1]!,
  ),
];

/** How comfortable the pause is that a cut lies in; needs a detector that heard where speech is. */
function cutFeature(
  name: 'shape.cut-in' | 'shape.cut-out',
  scope: 'start' | 'end',
  doing: string,
  missing: string,
  cutOf: (material: Material, stretch: Stretch) => Cut,
): Feature {
  return {
    name,
    scope,
    measure(material, stretch) {
      const { pauseMs } = cutOf(material, stretch);
      return pauseMs === undefined ? undefined : clampUnit(pauseMs / comfortablePauseMs);
    },
    tell: (value, material, stretch) =>
      value >= 0.5
        ? `${doing} a pause of ${cutOf(material, stretch).pauseMs ?? 0} ms`
        : `Hardly a pause ${missing}`,
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
