import type { CaptionStyle } from '../../domain/caption-style.ts';
import type { CueLimits } from '../../domain/cue-making.ts';
import type { FontName } from './fonts.ts';

/**
 * How each caption style looks and how it is cut. Sizes are px of a canvas whose shorter side has 1080 px and scale
 * with it. The look follows what editors of short video do: heavy letters with a thick outline, a few words at a
 * time, the spoken word in #FFE500 with a small jump, at 70 to 75 % of the height.
 */
export type StyleSpec = {
  readonly font: FontName;
  readonly fontSizePx: number;
  /** Whether words are set in capitals, without the commas and full stops that end them. */
  readonly isCapitals: boolean;
  /** How many lines a cue is made to fill. What was edited to be longer still gets two. */
  readonly filledLines: 1 | 2;
  /** Baseline to baseline, over the font size. */
  readonly lineStepEm: number;
  /** Between two words, over the font size. */
  readonly wordSpaceEm: number;
  readonly outlinePx: number;
  readonly shadowPx: number;
  readonly color: string;
  readonly spokenColor: string;
  /** How the spoken word jumps: from, over and to these shares of its size within `durationMs`. */
  readonly pop: { readonly from: number; readonly peak: number; readonly durationMs: number } | undefined;
  /** Middle of the block, as a share of the canvas's height. */
  readonly middleY: number;
  readonly cues: CueLimits;
};

/** The styles that burn something in. */
export const styleSpecs: Readonly<Record<Exclude<CaptionStyle, 'none'>, StyleSpec>> = {
  pop: {
    font: 'anton',
    fontSizePx: 118,
    isCapitals: true,
    filledLines: 1,
    lineStepEm: 1.15,
    wordSpaceEm: 0.3,
    outlinePx: 9,
    shadowPx: 5,
    color: '#FFFFFF',
    spokenColor: '#FFE500',
    pop: { from: 0.9, peak: 1.08, durationMs: 110 },
    middleY: 0.72,
    cues: {
      maxWords: 3,
      maxChars: 16,
      maxMs: 1400,
      minMs: 240,
      pauseMs: 350,
      closeGapMs: 300,
      lingerMs: 160,
    },
  },
  karaoke: {
    font: 'montserrat-extra-bold',
    fontSizePx: 82,
    isCapitals: false,
    filledLines: 2,
    lineStepEm: 1.24,
    wordSpaceEm: 0.32,
    outlinePx: 7,
    shadowPx: 4,
    color: '#FFFFFF',
    spokenColor: '#FFE500',
    pop: undefined,
    middleY: 0.72,
    cues: {
      maxWords: 9,
      maxChars: 40,
      maxMs: 3600,
      minMs: 700,
      pauseMs: 700,
      closeGapMs: 600,
      lingerMs: 300,
    },
  },
};

/** What a style is called in a timeline, turned into what it looks like; undefined for `none` and unknown names. */
export function findStyle(name: string): StyleSpec | undefined {
  return name === 'pop' || name === 'karaoke' ? styleSpecs[name] : undefined;
}
