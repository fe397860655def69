import type { SignalName } from './signals.ts';

/**
 * Every weight of the score and of the interest curve, in one place. They are a prior: taken from published practice,
 * coarse on purpose (0.5, 1, 2 …), and not fitted to any audience's curve. docs/finding-moments.md tells each source at
 * length and what was measured with them.
 */

/** How one feature enters the score: `weight × (value − neutral) × scorePerWeight` is added. */
export type FeatureWeight = {
  readonly weight: number;
  /** The value that says nothing either way. */
  readonly neutral: number;
  /** Why it counts: the practice or the publication it is taken from. */
  readonly source: string;
};

const hooks = 'Opening hooks: YouTube Creator Academy, "the first seconds"; TikTok creative best practices';
const gap = 'Loewenstein 1994, The Psychology of Curiosity: an information gap holds attention';

/** The prior of the score. */
export const featureWeights = {
  'opening.question': { weight: 0.5, neutral: 0, source: `${gap}; a question opens one` },
  'opening.curiosity': { weight: 0.5, neutral: 0, source: gap },
  'opening.stakes': {
    weight: 0.5,
    neutral: 0,
    source: 'Berger & Milkman 2012, What Makes Online Content Viral: arousal',
  },
  'opening.contrast': {
    weight: 0.5,
    neutral: 0,
    source: 'Heath & Heath 2007, Made to Stick: the unexpected',
  },
  'opening.address': { weight: 0.5, neutral: 0, source: `${hooks}: speak to the viewer` },
  'opening.story': { weight: 0.5, neutral: 0, source: 'Heath & Heath 2007, Made to Stick: stories' },
  'opening.claim': { weight: 0.5, neutral: 0, source: `${hooks}: say the strongest thing first` },
  'opening.number': { weight: 0.5, neutral: 0, source: 'Heath & Heath 2007, Made to Stick: the concrete' },
  'opening.filler': { weight: -1, neutral: 0, source: `${hooks}: no greeting, no throat-clearing` },

  'alone.reference': {
    weight: -3,
    neutral: 0,
    source: 'Centering theory (Grosz, Joshi & Weinstein 1995): a pronoun wants its noun',
  },
  'alone.back-reference': {
    weight: -1,
    neutral: 0,
    source: 'A clip must not need what came before it: every clipping guide',
  },
  'alone.new-topic': {
    weight: 1,
    neutral: 0.5,
    source: 'Hearst 1997, TextTiling: topics begin where words change',
  },

  'ending.complete': {
    weight: 2,
    neutral: 0.5,
    source: 'A clip that stops in mid-thought reads as a mistake: every editing guide',
  },
  'ending.conclusion': {
    weight: 1,
    neutral: 0,
    source: 'Kahneman et al. 1993, the peak-end rule: the end is what is remembered',
  },
  'ending.leads-on': { weight: -2, neutral: 0, source: 'A promise that the clip does not keep is bait' },

  'substance.interest': {
    weight: 10,
    neutral: 0.5,
    source: 'The interest curve of this source, see interestWeights',
  },
  'substance.coherent': {
    weight: 1,
    neutral: 0.5,
    source: 'One idea a clip: YouTube Shorts and TikTok guidance',
  },
  'substance.distinct': {
    weight: 1,
    neutral: 0.5,
    source: 'Carbonell & Goldstein 1998: what was just said is worth less said again',
  },
  'substance.housekeeping': {
    weight: -4,
    neutral: 0,
    source: 'SponsorBlock: sponsor reads, self-promotion and goodbyes are what viewers skip',
  },

  'delivery.rate': {
    weight: 1,
    neutral: 0.5,
    source: 'Smith & Shaffer 1995: somewhat fast speech holds; too fast loses',
  },
  'delivery.energy': {
    weight: 1,
    neutral: 0.5,
    source: 'Prosodic emphasis marks what speakers find important (Hirschberg 2002)',
  },
  'delivery.variety': {
    weight: 1,
    neutral: 0.5,
    source: 'Strangert & Gustafson 2008: lively speakers vary level and tempo',
  },
  'delivery.dead-air': {
    weight: -10,
    neutral: 0,
    source: 'Editing practice: silence over a second is cut; a clip that is mostly silence is no clip',
  },

  'topic.near': {
    weight: 30,
    neutral: 0.1,
    source: 'The topic that was asked for: what is not about it falls behind everything that is',
  },

  'shape.length': { weight: 2, neutral: 0.5, source: 'The length that was asked for' },
  'shape.cut-in': { weight: 1, neutral: 0.5, source: 'Editing practice: cut in silence' },
  'shape.cut-out': { weight: 1, neutral: 0.5, source: 'Editing practice: cut in silence' },
} as const satisfies Readonly<Record<string, FeatureWeight>>;

/** The name of a feature, as reasons carry it. */
export type FeatureName = keyof typeof featureWeights;

/** The score of a stretch about which nothing is known. */
export const baseScore = 0.5;

/** What one unit of weight adds to the score: with it, the best moments of real talks come out between 0.8 and 0.95. */
export const scorePerWeight = 0.04;

/** The prior of the interest curve: each signal is standardised over its source, then weighed. */
export const interestWeights: Readonly<Partial<Record<SignalName, { weight: number; source: string }>>> = {
  content: { weight: 1, source: 'Lexical density (Ure 1971): how much is said in so many words' },
  central: {
    weight: 1,
    source: 'LexRank (Erkan & Radev 2004): the sentences most like all others carry the matter',
  },
  names: { weight: 0.5, source: 'Made to Stick: people and places are concrete' },
  numbers: { weight: 0.5, source: 'Made to Stick: numbers are concrete' },
  story: { weight: 0.5, source: 'Made to Stick: stories' },
  definition: {
    weight: 0.5,
    source: 'Kim et al. 2014 (lecture videos): viewers return to where a thing is explained',
  },
  housekeeping: { weight: -0.5, source: 'SponsorBlock: what viewers skip' },
};

/** Neighbouring seconds share their interest: the width of the smoothing (standard deviation of a Gaussian), in ms. */
export const interestSmoothingMs = 8000;

/** The last part of a source, where makers say goodbye, as a share of it. */
export const closingShare = 0.06;

/** How far interest sinks until the very end, in standard deviations. */
export const closingDrop = 1;
