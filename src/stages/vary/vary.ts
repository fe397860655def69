import { createHash } from 'node:crypto';
import type { Aspect } from '../../domain/aspect.ts';
import type { CaptionLook } from '../../domain/caption-look.ts';
import { captionStyleNames, lookOf } from '../../domain/caption-style.ts';
import type { VariationFactors } from '../../domain/queue.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { contentOf } from '../render/render.ts';
import { writeTitle } from '../shortlist/title.ts';
import { canonicalJson } from '../stage.ts';
import { findCuts, lineStrength, listSentences, rangesFor, type Cuts } from './cut-factors.ts';
import { addBed, withoutBeds, type Bed } from './music-bed.ts';
import { gatherWords, isBed, playRanges, wordsOf } from './play-ranges.ts';
import { aspectOf, comeCloser, otherAspect, reshape, type PictureSizes } from './reframe.ts';

/** What can be different in a variation of a clip: each factor has the clip's own level and one other. Pure. */

/** The factors, in the order in which they are taken when there is no room for all; those of the cut come first. */
export const factorNames = [
  'opening',
  'length',
  'pace',
  'captions',
  'title',
  'framing',
  'music',
  'aspect',
] as const;
/** One of them. */
export type FactorName = (typeof factorNames)[number];

/** A factor that a clip can be varied by. */
export type Factor = {
  readonly name: FactorName;
  /** The clip's own level, and the other. */
  readonly levels: readonly [own: string, other: string];
  /** What the other level does to this clip, for a person. */
  readonly text: string;
};

/** What a user may ask of the other levels. */
export type VaryWish = {
  /** Default: one that differs most from the clip's own. */
  readonly captions?: { readonly style: string; readonly look?: CaptionLook | undefined } | undefined;
  readonly aspect?: Aspect | undefined;
  readonly title?: string | undefined;
  readonly bed?: Bed | undefined;
};

/** A clip, and all that can be changed about it. */
export type VariableClip = {
  readonly timeline: Timeline;
  readonly factors: readonly Factor[];
  /** Which factors it cannot be varied by, and why. */
  readonly left: readonly { readonly name: FactorName; readonly why: string }[];
  readonly cuts: Cuts;
  readonly sizes: PictureSizes;
  readonly wish: VaryWish;
  /** Of its post. */
  readonly title: string;
  readonly otherTitle: string | undefined;
};

/** Caption styles that differ most from each other: a loud one and a calm one. */
const contrastingStyle: Readonly<Record<string, string>> = {
  pop: 'clean',
  highlight: 'clean',
  karaoke: 'boxed',
  outline: 'boxed',
  typewriter: 'pop',
  boxed: 'pop',
  clean: 'pop',
};

/** A timeline by its content: what is seen and heard, whatever it is called and wherever its files lie. `sha256:` and 64 hex digits. */
export function hashTimeline(timeline: Timeline): string {
  const { captions } = timeline;
  const text = canonicalJson({ ...contentOf(timeline), captions });
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Finds what of a clip can be varied. `title` is that of its post. */
export function findFactors(
  timeline: Timeline,
  { title, sizes, wish }: Pick<VariableClip, 'title' | 'sizes' | 'wish'>,
): VariableClip {
  const cuts = findCuts(timeline);
  const factors: Factor[] = [];
  const left: { name: FactorName; why: string }[] = [];
  const offer = (name: FactorName, levels: Factor['levels'] | undefined, textOrWhy: string) => {
    if (levels === undefined) left.push({ name, why: textOrWhy });
    else factors.push({ name, levels, text: textOrWhy });
  };
  const hasWords = timeline.captions.cues.length > 0;
  const noWords = 'it has no words with times';
  offer(
    'opening',
    cuts.hook === undefined ? undefined : ['cold', 'hook'],
    cuts.hook === undefined
      ? hasWords
        ? 'no line after its opening is short and whole'
        : noWords
      : `“${cuts.hook.text}” is heard first, and again where it stands`,
  );
  offer(
    'length',
    cuts.passage === undefined ? undefined : ['full', 'short'],
    cuts.passage === undefined
      ? hasWords
        ? 'no passage between its first and its last sentence can go'
        : noWords
      : `without “${cuts.passage.text}”`,
  );
  offer(
    'pace',
    cuts.pauses.length === 0 ? undefined : ['own', 'brisk'],
    cuts.pauses.length === 0
      ? hasWords
        ? 'there is too little air between its words'
        : noWords
      : `${cuts.pauses.length} pauses are shortened`,
  );
  const captions = wish.captions ?? { style: contrastingStyle[timeline.captions.style] ?? 'pop' };
  const isSameStyle = captions.style === timeline.captions.style;
  offer(
    'captions',
    hasWords && !isSameStyle ? [timeline.captions.style, captions.style] : undefined,
    hasWords ? `captions in the style ${captions.style}` : noWords,
  );
  const otherTitle = wish.title ?? writeOtherTitle(timeline, title);
  offer(
    'title',
    otherTitle === undefined ? undefined : ['own', 'other'],
    otherTitle === undefined ? 'its words give no other title (--title)' : `“${otherTitle}”`,
  );
  const isCloser = comeCloser(timeline, sizes) !== undefined;
  offer(
    'framing',
    isCloser ? ['own', 'close'] : undefined,
    isCloser ? 'the camera is a fifth nearer' : 'its pictures have no detail for a nearer view',
  );
  const hasBed = timeline.tracks.some((track) => isBed(timeline, track));
  offer(
    'music',
    hasBed ? ['own', 'none'] : wish.bed === undefined ? undefined : ['none', 'bed'],
    hasBed
      ? 'without its music'
      : wish.bed === undefined
        ? 'it has none, and none is given (--music)'
        : 'with music below the voice',
  );
  const aspect = wish.aspect ?? otherAspect(timeline);
  const own = aspectOf(timeline);
  offer(
    'aspect',
    aspect === own || sizes.size === 0 ? undefined : [own, aspect],
    aspect === own ? `it is ${aspect} already` : `in the shape ${aspect}`,
  );
  return { timeline, factors, left, cuts, sizes, wish, title, otherTitle };
}

/** A title made of another line than the clip's own is; undefined where its words give none. */
export function writeOtherTitle(timeline: Timeline, title: string): string | undefined {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const own = plain(title.replace(/…$/u, ''));
  const others = listSentences(timeline)
    .map(({ text }) => text)
    .filter((text) => own === '' || !plain(text).includes(own))
    .toSorted((a, b) => lineStrength(b) - lineStrength(a));
  if (others.length === 0) return undefined;
  const other = writeTitle(others);
  const isNew = plain(other) !== own && other !== 'Untitled moment' && other.split(' ').length >= 3;
  return isNew ? other : undefined;
}

/** One variation. */
export type Variation = {
  readonly timeline: Timeline;
  readonly factors: VariationFactors;
  readonly title: string;
};

/** Makes a variation: those of the clip's factors that are named in `changed` have their other level. It says of itself what it is. */
export function makeVariation(clip: VariableClip, changed: ReadonlySet<FactorName>, of: string): Variation {
  const { sizes, wish, cuts } = clip;
  let timeline = clip.timeline;
  const ranges = rangesFor(timeline, cuts, {
    isHookFirst: changed.has('opening'),
    isShort: changed.has('length'),
    isBrisk: changed.has('pace'),
  });
  // The words have to be gathered once, for the style and the canvas that they end up with.
  if (changed.has('music')) {
    const hasBed = timeline.tracks.some((track) => isBed(clip.timeline, track));
    if (hasBed) timeline = withoutBeds(timeline);
  }
  timeline = playRanges(timeline, ranges);
  if (changed.has('music') && wish.bed !== undefined && clip.factors.some(isAddedBed)) {
    timeline = addBed(timeline, wish.bed);
  }
  if (changed.has('framing')) timeline = comeCloser(timeline, sizes) ?? timeline;
  if (changed.has('aspect')) timeline = reshape(timeline, wish.aspect ?? otherAspect(timeline), sizes);
  if (changed.has('captions')) timeline = restyle(timeline, wish.captions);
  if (changed.has('aspect') || changed.has('captions')) timeline = regather(timeline);
  const title = changed.has('title') ? (clip.otherTitle ?? clip.title) : clip.title;
  if (changed.has('title')) timeline = retitle(timeline, clip.title, title);
  const factors = Object.fromEntries(
    clip.factors.map(({ name, levels }) => [name, levels[changed.has(name) ? 1 : 0]]),
  );
  return {
    timeline: { ...timeline, metadata: { ...timeline.metadata, variation: { of, factors } } },
    factors,
    title,
  };
}

function isAddedBed({ name, levels }: Factor): boolean {
  return name === 'music' && levels[1] === 'bed';
}

function restyle(timeline: Timeline, wished: VaryWish['captions']): Timeline {
  const { cues, style } = timeline.captions;
  const { style: other, look } = wished ?? { style: contrastingStyle[style] ?? 'pop' };
  const own = look === undefined || captionStyleNames.includes(other) ? {} : { look };
  return { ...timeline, captions: { style: other, ...own, cues } };
}

/** Cues as this style and this canvas want them. */
function regather(timeline: Timeline): Timeline {
  if (lookOf(timeline.captions) === undefined) return timeline;
  const cues = gatherWords(timeline, wordsOf(timeline), timeline.durationFrames);
  return { ...timeline, captions: { ...timeline.captions, cues } };
}

/** Where the title stands on the picture it is the new one. */
function retitle(timeline: Timeline, from: string, to: string): Timeline {
  const isTitle = (text: string) => text.trim().toLowerCase() === from.trim().toLowerCase();
  return {
    ...timeline,
    name: to.slice(0, 500),
    assets: timeline.assets.map((asset) =>
      asset.kind === 'title' && isTitle(asset.text)
        ? { ...asset, text: [...to].slice(0, 200).join('') }
        : asset,
    ),
  };
}
