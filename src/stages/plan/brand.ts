import type { Brand } from '../../domain/brand.ts';
import type { CaptionLook } from '../../domain/caption-look.ts';
import { readableOn } from '../../domain/color-contrast.ts';
import { frameToMs, msToNearestFrame } from '../../domain/time.ts';
import type { Asset, Clip, Cue, FontFile, Timeline, Track } from '../../domain/timeline.ts';
import { brandFilms, type PlacedFilm } from './brand-films.ts';
import { placeLogo } from './brand-logo.ts';
import { addVideoTrack, inOrder } from './brand-tracks.ts';

/** A brand on a planned clip: colours and fonts, logo, hook title, intro and outro. All pure. */

/** What a brand needs to know of a clip. */
export type BrandOptions = {
  /** What is set over the clip's first seconds. */
  readonly title: string;
  /** How loud the source is, in LUFS: intro and outro are brought to it. Without it they stay as they are. */
  readonly sourceLufs?: number | undefined;
};

/** What titles look like where a brand says nothing. The size holds on a canvas whose shorter side has 1080 px. */
const titleFont = 'montserrat-extra-bold';
const titleSizePx = 84;
const titleColor = '#FFFFFF';
const titleBoxColor = '#14181F';

/** Ends the name of a carried style that has got a brand's colours. */
const brandedSuffix = '-brand';

/**
 * A caption style in a brand's colours and font, under a name of its own; unchanged when the brand says nothing of them.
 * Give it to `planTimeline`, since another font makes other cues. Done twice it changes nothing more.
 */
export function brandLook(look: CaptionLook, brand: Brand): CaptionLook {
  const { text, accent } = brand.document.colors ?? {};
  const { captionFont } = brand;
  if (text === undefined && accent === undefined && captionFont === undefined) return look;
  const color = text ?? look.color;
  return {
    ...look,
    name: look.name.endsWith(brandedSuffix) ? look.name : `${look.name.slice(0, 58)}${brandedSuffix}`,
    ...(captionFont === undefined ? {} : { font: captionFont.id }),
    color,
    outlineColor: look.outlinePx > 0 ? readableOn(color, look.outlineColor) : look.outlineColor,
    ...(look.box === undefined ? {} : { box: { ...look.box, color: readableOn(color, look.box.color) } }),
    ...(look.spoken === undefined ? {} : { spoken: accentWord(look.spoken, accent) }),
    ...(look.emphasis === undefined ? {} : { emphasis: accentWord(look.emphasis, accent) }),
  };
}

type WordLook = NonNullable<CaptionLook['spoken']>;

/** A box takes the accent, and its letters what can be read on it; without a box the letters take it. */
function accentWord(word: WordLook, accent: string | undefined): WordLook {
  if (accent === undefined) return word;
  if (word.boxColor !== undefined) {
    return { ...word, boxColor: accent, color: readableOn(accent, word.color ?? '#FFFFFF') };
  }
  return word.color === undefined ? word : { ...word, color: accent };
}

/**
 * Puts a brand on a planned clip. The clip itself lies between intro and outro; `metadata.pivot.content` says where.
 * A logo never covers captions, nor the title: where both want the same corner, it comes when the title has gone.
 */
export function applyBrand(timeline: Timeline, brand: Brand, options: BrandOptions): Timeline {
  const coloured = colourTimeline(timeline, brand);
  const films = brandFilms(coloured, brand, options.sourceLufs);
  const content = { startFrame: films.headFrames, endFrame: films.headFrames + timeline.durationFrames };
  const shifted = shiftTimeline(coloured, films.headFrames, films.tailFrames);
  const filmed = addFilms(shifted, films.placed);
  const titled = addTitle(filmed, brand, options.title, content);
  const branded = placeLogo(titled, brand, content);
  const pivot = (timeline.metadata['pivot'] ?? {}) as Record<string, unknown>;
  return {
    ...branded,
    metadata: {
      ...timeline.metadata,
      pivot: {
        ...pivot,
        content,
        ...(brand.document.name === undefined ? {} : { brand: brand.document.name }),
      },
    },
  };
}

function colourTimeline(timeline: Timeline, brand: Brand): Timeline {
  const { accent, background } = brand.document.colors ?? {};
  const { captions } = timeline;
  const look = captions.look === undefined ? undefined : brandLook(captions.look, brand);
  const added = [brand.captionFont, brand.titleFont].filter((font) => font !== undefined);
  const fonts: FontFile[] = [...(timeline.fonts ?? [])];
  for (const font of added) if (!fonts.some(({ id }) => id === font.id)) fonts.push(font);
  return {
    ...timeline,
    ...(fonts.length === 0 ? {} : { fonts }),
    assets: timeline.assets.map((asset): Asset => {
      if (asset.kind === 'waveform' && accent !== undefined) return { ...asset, color: accent };
      if (asset.kind === 'color' && background !== undefined) return { ...asset, color: background };
      return asset;
    }),
    captions: look === undefined ? captions : { ...captions, style: look.name, look },
  };
}

/** Makes room before and after a clip: everything moves later, and the timeline grows. */
function shiftTimeline(timeline: Timeline, headFrames: number, tailFrames: number): Timeline {
  const durationFrames = headFrames + timeline.durationFrames + tailFrames;
  const headMs = frameToMs(headFrames, timeline.frameRate);
  const later = (cue: Cue): Cue => ({
    startMs: cue.startMs + headMs,
    endMs: cue.endMs + headMs,
    words: cue.words.map((word) => ({
      ...word,
      startMs: word.startMs + headMs,
      endMs: word.endMs + headMs,
    })),
  });
  return {
    ...timeline,
    durationFrames,
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips.map((clip) => ({ ...clip, startFrame: clip.startFrame + headFrames })),
    })),
    captions: { ...timeline.captions, cues: timeline.captions.cues.map(later) },
  };
}

/**
 * Films go onto the lowest video track and the first audio track, which are free before and after the clip: no more layers
 * to draw. What lies over a film gets a track of its own.
 */
function addFilms(timeline: Timeline, films: readonly PlacedFilm[]): Timeline {
  if (films.length === 0) return timeline;
  const put = (tracks: readonly Track[], kind: Track['kind'], clips: readonly Clip[]): Track[] => {
    if (clips.length === 0) return [...tracks];
    const lowest = tracks.findIndex((track) => track.kind === kind);
    if (lowest === -1) return [...tracks, { id: `brand-${kind}`, kind, clips: [...clips] }];
    return tracks.map((track, index) =>
      index === lowest ? { ...track, clips: inOrder([...track.clips, ...clips]) } : track,
    );
  };
  const over = films.flatMap((film) => film.over);
  const pictures = put(
    timeline.tracks,
    'video',
    films.map((film) => film.picture),
  );
  const withSound = put(
    pictures,
    'audio',
    films.flatMap((film) => film.sound),
  );
  return {
    ...timeline,
    assets: [...timeline.assets, ...films.map((film) => film.asset)],
    tracks: over.length === 0 ? withSound : addVideoTrack(withSound, 'brand-films', over),
  };
}

function addTitle(
  timeline: Timeline,
  brand: Brand,
  title: string,
  content: { startFrame: number; endFrame: number },
): Timeline {
  const wanted = brand.document.title;
  const text = [...title.trim()].slice(0, 200).join('').trim();
  if (wanted === undefined || text === '') return timeline;
  const { colors = {} } = brand.document;
  const boxColor = colors.background ?? titleBoxColor;
  const frames = Math.max(1, msToNearestFrame(wanted.seconds * 1000, timeline.frameRate));
  const id = 'brand-title';
  return {
    ...timeline,
    assets: [
      ...timeline.assets,
      {
        id,
        kind: 'title',
        text,
        font: brand.titleFont?.id ?? titleFont,
        fontSizePx: titleSizePx,
        color: readableOn(boxColor, colors.text ?? titleColor),
        boxColor,
        place: wanted.place,
      },
    ],
    tracks: addVideoTrack(timeline.tracks, id, [
      {
        id: `${id}-1`,
        assetId: id,
        startFrame: content.startFrame,
        durationFrames: Math.min(frames, content.endFrame - content.startFrame),
        sourceStartFrame: 0,
        speed: { num: 1, den: 1 },
        effects: [],
      },
    ]),
  };
}
