import type { PictureSample, Seen } from '../../domain/shot.ts';
import { msToNearestFrame, type TimeRange } from '../../domain/time.ts';

/** What the picture says for or against a moment. docs/looking.md tells of each. */

/** How one feature enters the score: `weight × (value − neutral) × 0.04` is added, as in the short list. */
export type LookWeight = { readonly weight: number; readonly neutral: number; readonly source: string };

/**
 * The prior: coarse, and small beside the words, since what is said decides and the picture mostly warns. All together can
 * add 0.06 and take 0.34.
 */
export const lookWeights = {
  'look.lively-opening': {
    weight: 1,
    neutral: 0.5,
    source:
      'Lang 2000, the limited capacity model: cuts and movement draw the eye; hook guidance of all platforms',
  },
  'look.empty-opening': {
    weight: -5,
    neutral: 0,
    source: 'A clip that opens in black is scrolled past: creator guidance of YouTube and TikTok',
  },
  'look.frozen-opening': {
    weight: -1,
    neutral: 0,
    source: 'A still picture reads as a video that does not play',
  },
  'look.pace': {
    weight: 0.5,
    neutral: 0.5,
    source:
      'Cutting, DeLong & Nothelfer 2010: mean shots of films last 3 to 15 s; above that pace nobody follows',
  },
  'look.unseen': {
    weight: -2,
    neutral: 0,
    source: 'YouTube upload advice: good light; a picture that is nearly black or white shows nothing',
  },
} as const satisfies Readonly<Record<string, LookWeight>>;

/** The name of a feature, as reasons carry it. */
export type LookFeatureName = keyof typeof lookWeights;

/** One documented thing that the picture says. */
export type LookFeature = {
  readonly name: LookFeatureName;
  /** 0 to 1; undefined when it cannot be judged: a moment that was not watched. Pure. */
  measure(seen: Seen, moment: TimeRange): number | undefined;
  /** The value in words, for a person. */
  tell(value: number, seen: Seen, moment: TimeRange): string;
};

/** How long an opening is, in ms: viewers decide in the first three seconds. */
const openingMs = 3000;

/** A picture with so little light, and so little in it, is black; with so much light, white. Shares of the full range. */
const blackBelow = 0.07;
const whiteAbove = 0.93;
const emptyContrast = 0.07;

/** Mean luma in which next to nothing can be made out. */
const darkBelow = 0.1;

/** Mean change from frame to frame of a still, of a talking head, and of a lively picture. */
const stillBelow = 0.0006;
const calmMotion = 0.004;
const livelyMotion = 0.03;

/** Cuts a minute that feel alive, and from where they are too many. */
const livelyCuts = 4;
const manyCuts = 25;
const tooManyCuts = 60;

/** All features of the picture. */
export const lookFeatures: readonly LookFeature[] = [
  {
    name: 'look.lively-opening',
    measure(seen, moment) {
      const opening = samplesIn(seen, openingOf(moment));
      if (opening.length === 0) return undefined;
      const motion = mean(opening.map((sample) => sample.motion));
      const moving = between(Math.log(Math.max(motion, 1e-6)), Math.log(calmMotion), Math.log(livelyMotion));
      const cuts = countCuts(seen, openingOf(moment));
      return Math.min(1, 0.5 + moving * 0.3 + Math.min(2, cuts) * 0.15);
    },
    tell: (_, seen, moment) => {
      const cuts = countCuts(seen, openingOf(moment));
      return `Opens lively: ${cuts === 0 ? 'much moves' : `${cuts} ${cuts === 1 ? 'cut' : 'cuts'}`} in the first ${openingMs / 1000} s`;
    },
  },
  {
    name: 'look.empty-opening',
    measure: (seen, moment) => shareOf(samplesIn(seen, openingOf(moment)), isEmpty),
    tell: (value) => `${percent(value)} of its first ${openingMs / 1000} s are black or empty`,
  },
  {
    name: 'look.frozen-opening',
    measure(seen, moment) {
      const opening = samplesIn(seen, openingOf(moment));
      // A picture that stands still all the time was meant to.
      if (shareOf(samplesIn(seen, moment), isFrozen) === 1) return 0;
      return opening.length > 0 && opening.every(isFrozen) ? 1 : 0;
    },
    tell: () => `Nothing moves in its first ${openingMs / 1000} s`,
  },
  {
    name: 'look.pace',
    measure(seen, moment) {
      const perMinute = cutsPerMinute(seen, moment);
      // One long take is neither good nor bad.
      if (perMinute < livelyCuts) return 0.5 + 0.5 * (perMinute / livelyCuts);
      return 1 - between(perMinute, manyCuts, tooManyCuts);
    },
    tell: (value, seen, moment) => {
      const perMinute = Math.round(cutsPerMinute(seen, moment));
      return `${perMinute} ${perMinute === 1 ? 'cut' : 'cuts'} a minute${value < 0.5 ? ', too many to follow' : ''}`;
    },
  },
  {
    name: 'look.unseen',
    measure: (seen, moment) =>
      shareOf(
        samplesIn(seen, moment),
        (sample) => isEmpty(sample) || sample.brightness < darkBelow || sample.brightness > whiteAbove,
      ),
    tell: (value) => `Hardly anything can be seen in ${percent(value)} of it`,
  },
];

function openingOf({ startMs, endMs }: TimeRange): TimeRange {
  return { startMs, endMs: Math.min(endMs, startMs + openingMs) };
}

function samplesIn({ pictures }: Seen, { startMs, endMs }: TimeRange): readonly PictureSample[] {
  return pictures.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
}

function isEmpty({ brightness, contrast }: PictureSample): boolean {
  return contrast < emptyContrast && (brightness < blackBelow || brightness > whiteAbove);
}

function isFrozen({ motion }: PictureSample): boolean {
  return motion < stillBelow;
}

function countCuts({ shots, frameRate }: Seen, { startMs, endMs }: TimeRange): number {
  const from = msToNearestFrame(startMs, frameRate);
  const to = msToNearestFrame(endMs, frameRate);
  return shots.filter(
    ({ startFrame, startsWith }) => startsWith !== 'start' && startFrame > from && startFrame < to,
  ).length;
}

function cutsPerMinute(seen: Seen, moment: TimeRange): number {
  return (countCuts(seen, moment) * 60_000) / Math.max(1, moment.endMs - moment.startMs);
}

function shareOf(samples: readonly PictureSample[], holds: (sample: PictureSample) => boolean): number {
  return samples.length === 0 ? 0 : samples.filter(holds).length / samples.length;
}

/** Where a value lies between two others, 0 to 1. */
function between(value: number, low: number, high: number): number {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
