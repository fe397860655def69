import { readableOn } from '../../domain/color-contrast.ts';
import type { Clip, Timeline, TitleAsset } from '../../domain/timeline.ts';
import { fontSetOf, pickFont } from '../captions/fonts.ts';
import { styleScale, type Box } from '../captions/safe-box.ts';
import { titleBoxes } from '../captions/titles.ts';
import { mostCoverWords, shortenForCover } from './short-title.ts';

/** A title on a cover, so large that it is read where the cover is a thumbnail. Pure but for reading fonts. */

/** How wide a thumbnail is in lists and on phones, in px. */
const thumbnailWidthPx = 120;

/** How tall capitals are on it: what is aimed at, and what letters need at least. In px. */
const wantedCapPx = 11;
const leastCapPx = 8;

/** What titles are set in where the clip has none of its own. */
const plainTitle = { font: 'anton', color: '#FFFFFF', boxColor: '#14181F', place: 'bottom' as const };

/** Largest size of a title that a timeline may hold. */
const largestSizePx = 400;

const id = 'cover-title';

/**
 * Puts a title on a timeline of one frame, shortened to the words that can be set large enough; in the clip's own title style
 * where it has one. Pictures that are placed under it (a logo) make way. Unchanged when nothing of the title can be drawn.
 */
export function addCoverTitle(frame: Timeline, title: string, baseFolder: string): Timeline {
  const set = setCoverTitle(frame, title, { baseFolder });
  return set === undefined ? withoutTitles(frame) : makeRoom(set.timeline, set.box);
}

/** A title that was set on a frame: its words, how tall its capitals are on a thumbnail, and what it covers, in px of the canvas. */
export type SetTitle = {
  readonly timeline: Timeline;
  readonly text: string;
  readonly capPx: number;
  readonly box: Box;
};

/** Sets a title as {@link addCoverTitle} does, but at a place, and lets what is under it be. Undefined when nothing of it can be drawn. */
export function setCoverTitle(
  frame: Timeline,
  title: string,
  { baseFolder, place }: { readonly baseFolder: string; readonly place?: TitleAsset['place'] },
): SetTitle | undefined {
  const found = frame.assets.find((asset) => asset.kind === 'title');
  const own = place === undefined ? found : { ...(found ?? plainTitle), place };
  const bare = withoutTitles(frame);
  let chosen: SetTitle | undefined;
  for (let words = mostCoverWords; words >= 1; words--) {
    const text = shortenForCover(title, words).toLocaleUpperCase('en');
    if (text === '') return undefined;
    const tried = setTitle(bare, text, own, baseFolder);
    if (tried === undefined) return undefined;
    if (chosen === undefined || tried.capPx > chosen.capPx) chosen = tried;
    if (chosen.capPx >= leastCapPx || !text.includes(' ')) break;
  }
  return chosen;
}

function setTitle(
  frame: Timeline,
  text: string,
  own: Pick<TitleAsset, 'font' | 'color' | 'boxColor' | 'place'> | undefined,
  baseFolder: string,
): SetTitle | undefined {
  const { font, color, place } = own ?? plainTitle;
  const boxColor = own?.boxColor ?? plainTitle.boxColor;
  const cap = pickFont(text, font, fontSetOf(frame.fonts, { baseFolder })).heightEm;
  const wanted = (wantedCapPx * frame.width) / thumbnailWidthPx / cap / styleScale(frame);
  const asset: TitleAsset = {
    id,
    kind: 'title',
    text: [...text].slice(0, 200).join(''),
    font,
    fontSizePx: Math.min(largestSizePx, Math.round(wanted)),
    color: readableOn(boxColor, color),
    boxColor,
    place,
  };
  const clip: Clip = {
    id: `${id}-1`,
    assetId: id,
    startFrame: 0,
    durationFrames: frame.durationFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [],
  };
  const timeline: Timeline = {
    ...frame,
    assets: [...frame.assets, asset],
    tracks: [...frame.tracks, { id, kind: 'video', clips: [clip] }],
  };
  const set = titleBoxes(timeline, { baseFolder })[0];
  if (set === undefined) return undefined;
  return {
    timeline,
    text: asset.text,
    capPx: (set.emPx * cap * thumbnailWidthPx) / frame.width,
    box: set.box,
  };
}

/** A timeline without titles: covers that want none show none. */
export function withoutTitles(timeline: Timeline): Timeline {
  const titles = new Set(timeline.assets.filter(({ kind }) => kind === 'title').map((asset) => asset.id));
  if (titles.size === 0) return timeline;
  return {
    ...timeline,
    assets: timeline.assets.filter((asset) => !titles.has(asset.id)),
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips.filter((clip) => !titles.has(clip.assetId)),
    })),
  };
}

/** Takes away still pictures that lie where the title is. */
function makeRoom(timeline: Timeline, box: Box): Timeline {
  const images = new Set(timeline.assets.filter(({ kind }) => kind === 'image').map((asset) => asset.id));
  const isCovered = (clip: Clip) => {
    const place = clip.effects.find((effect) => effect.kind === 'place');
    if (place === undefined || !images.has(clip.assetId)) return false;
    // A picture as wide as the canvas is no ornament: it is what the clip shows.
    if (place.width > timeline.width / 2) return false;
    return (
      place.x < box.right &&
      box.left < place.x + place.width &&
      place.y < box.bottom &&
      box.top < place.y + place.height
    );
  };
  return {
    ...timeline,
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips.filter((clip) => !isCovered(clip)),
    })),
  };
}
