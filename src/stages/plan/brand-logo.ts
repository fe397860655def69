import type { Brand, BrandPicture } from '../../domain/brand.ts';
import type { Clip, Timeline } from '../../domain/timeline.ts';
import { captionBoxes } from '../captions/layout.ts';
import { safeBox, type Box } from '../captions/safe-box.ts';
import { titleBoxes } from '../captions/titles.ts';
import { addVideoTrack } from './brand-tracks.ts';

/** A brand's logo in its corner. Pure. */

/**
 * How far down the apps' own controls reach, as shares of the height: at most (Reels with a caption, 220 of 1920 px) and
 * always (TikTok, 130, and a little air). A logo may stand higher than captions may, since nobody has to read it; it starts
 * below all of them, or a little higher where it would else reach into the part for titles and captions.
 */
const appTopShare = 0.115;
const leastTopShare = 0.08;

/** A logo is at most this part of the canvas's shorter side high, whatever its shape. */
const maxHeightShare = 0.25;

/** Between a logo and what it must not cover, as a share of the canvas's shorter side. */
const marginShare = 0.02;

/** Puts the logo over the clip, not over intro and outro; unchanged when the brand has none. */
export function placeLogo(
  timeline: Timeline,
  brand: Brand,
  content: { startFrame: number; endFrame: number },
): Timeline {
  const { logo } = brand;
  const wanted = brand.document.logo;
  if (logo === undefined || wanted === undefined) return timeline;
  const box = logoBox(timeline, logo, wanted);
  const startFrame = Math.max(content.startFrame, titleEnd(timeline, box));
  if (startFrame >= content.endFrame) return timeline;
  const id = 'brand-logo';
  const clip: Clip = {
    id: `${id}-1`,
    assetId: id,
    startFrame,
    durationFrames: content.endFrame - startFrame,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [
      {
        kind: 'place',
        x: box.left,
        y: box.top,
        width: box.right - box.left,
        height: box.bottom - box.top,
        ...(wanted.opacity === 1 ? {} : { opacity: wanted.opacity }),
      },
    ],
  };
  return {
    ...timeline,
    assets: [...timeline.assets, { id, kind: 'image', path: logo.path, contentHash: logo.contentHash }],
    tracks: addVideoTrack(timeline.tracks, id, [clip]),
  };
}

type LogoWish = NonNullable<Brand['document']['logo']>;

/** Where a logo goes: its corner of the part that apps leave free, clear of the captions. In whole even px. */
export function logoBox(timeline: Timeline, logo: BrandPicture, { corner, width }: LogoWish): Box {
  const safe = safeBox(timeline.width, timeline.height);
  const shortSide = Math.min(timeline.width, timeline.height);
  const scale = Math.min(
    (width * timeline.width) / logo.width,
    (maxHeightShare * shortSide) / logo.height,
    (safe.right - safe.left) / logo.width,
  );
  const even = (value: number) => Math.max(2, 2 * Math.round(value / 2));
  const size = { width: even(logo.width * scale), height: even(logo.height * scale) };
  const margin = even(marginShare * shortSide);
  const top = Math.min(
    safe.top,
    appTopShare * timeline.height,
    Math.max(leastTopShare * timeline.height, safe.top - margin - size.height),
  );
  const left = corner.endsWith('left') ? even(safe.left) : even(safe.right - size.width);
  const y = corner.startsWith('top') ? even(top) : even(safe.bottom - size.height);
  const box = { left, top: y, right: left + size.width, bottom: y + size.height };
  const captions = captionBoxes(timeline).map((caption) => caption.box);
  if (!captions.some((caption) => overlaps(box, caption))) return box;
  // Captions of this clip reach into the corner: the logo stands above all of them that come so far to the side.
  const beside = captions.filter((caption) => caption.left < box.right && box.left < caption.right);
  const highest = Math.min(...beside.map((caption) => caption.top));
  const moved = Math.max(even(top), 2 * Math.floor((highest - margin - size.height) / 2));
  return { ...box, top: moved, bottom: moved + size.height };
}

function overlaps(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** The frame from which no title stands where the logo wants to be; 0 when none ever does. */
function titleEnd(timeline: Timeline, box: Box): number {
  const ends = titleBoxes(timeline)
    .filter((title) => overlaps(box, title.box))
    .map((title) => title.endFrame);
  return Math.max(0, ...ends);
}
