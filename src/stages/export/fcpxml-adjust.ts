import type { Rational } from '../../domain/time.ts';
import type { Asset, Clip, Timeline } from '../../domain/timeline.ts';
import { countOf, type Dropped } from './dropped.ts';
import type { ExportOptions } from './export-format.ts';
import { formatSeconds } from './fcpxml-time.ts';
import { effectOf, layoutPicture, pictureSize, type PictureLayout } from './geometry.ts';
import { element, type XmlElement } from './xml.ts';

/**
 * What FCPXML does to a clip: its speed, where its picture lies, how loud it is. Positions and trims count hundredths of a height
 * (of the canvas, and of the picture), y up; a scale of 1 is the picture fitted into the canvas
 * (https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference).
 */

/** Rates that a clip may be conformed from, as the format spells them. */
const conformRates: Readonly<Record<string, Rational>> = {
  '23.98': { num: 24000, den: 1001 },
  '24': { num: 24, den: 1 },
  '25': { num: 25, den: 1 },
  '29.97': { num: 30000, den: 1001 },
  '30': { num: 30, den: 1 },
  '47.95': { num: 48000, den: 1001 },
  '48': { num: 48, den: 1 },
  '50': { num: 50, den: 1 },
  '59.94': { num: 60000, den: 1001 },
  '60': { num: 60, den: 1 },
};

/** Where a clip begins in its own time: with a speed, that is the source's time as it then runs. */
export function localStart(clip: Clip, timeline: Timeline): string {
  return formatSeconds(clip.sourceStartFrame, timeline.frameRate, clip.speed);
}

/** How a file's time becomes the clip's: another frame rate, another speed. `assetFrames` is the file's length. */
export function timing(
  clip: Clip,
  sourceRate: Rational | undefined,
  assetFrames: number,
  timeline: Timeline,
): XmlElement[] {
  const { frameRate } = timeline;
  const spelled = Object.entries(conformRates).find(
    ([, rate]) => sourceRate !== undefined && rate.num * sourceRate.den === sourceRate.num * rate.den,
  )?.[0];
  const isOther =
    sourceRate !== undefined && sourceRate.num * frameRate.den !== frameRate.num * sourceRate.den;
  const elements: XmlElement[] = [];
  if (isOther && spelled !== undefined) {
    elements.push(element('conform-rate', { scaleEnabled: 0, srcFrameRate: spelled }));
  }
  if (clip.speed.num !== clip.speed.den) {
    elements.push(
      element(
        'timeMap',
        {},
        element('timept', { time: '0s', value: '0s', interp: 'linear' }),
        element('timept', {
          time: formatSeconds(assetFrames, frameRate, clip.speed),
          value: formatSeconds(assetFrames, frameRate),
          interp: 'linear',
        }),
      ),
    );
  }
  return elements;
}

/** Crop, place and opacity of a clip's picture. */
export function pictureAdjustments(
  clip: Clip,
  asset: Asset,
  timeline: Timeline,
  options: ExportOptions,
  dropped: Dropped,
): XmlElement[] {
  if (effectOf(clip, 'blur') !== undefined) {
    dropped.add(
      'blur',
      (count) => `the blur of ${countOf(count, 'clip')}: the format names no filter that all programs share`,
    );
  }
  const picture =
    asset.kind === 'file' || asset.kind === 'image'
      ? pictureSize(options.media?.get(asset.id), asset.videoStreamIndex)
      : timeline;
  if (picture === undefined) {
    dropped.add(
      `size ${asset.id}`,
      (count) =>
        `how the picture of "${asset.id}" is cropped and placed in ${countOf(count, 'clip')}: its file was not there to measure`,
    );
    return [];
  }
  const layout = layoutPicture(clip, picture, timeline);
  const elements = [...trim(layout, dropped), ...transform(clip, layout, timeline)];
  if (layout.opacity < 1) elements.push(element('adjust-blend', { amount: number(layout.opacity) }));
  return elements;
}

function trim(layout: PictureLayout, dropped: Dropped): XmlElement[] {
  const [place] = layout.places;
  if (!layout.isTrimmed || place === undefined) return [];
  if (layout.places.length > 1) {
    dropped.add(
      'moving trim',
      (count) =>
        `the motion of the edges of ${countOf(count, 'clip')} that is smaller than the canvas: they stay as they begin`,
    );
  }
  const share = (px: number) => number((px / layout.picture.height) * 100);
  const { left, top, right, bottom } = place.trim;
  return [
    element(
      'adjust-crop',
      { mode: 'trim' },
      element('trim-rect', {
        left: share(left),
        top: share(top),
        right: share(right),
        bottom: share(bottom),
      }),
    ),
  ];
}

function transform(clip: Clip, layout: PictureLayout, canvas: Timeline): XmlElement[] {
  const { picture, places } = layout;
  const fitted = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const values = places.map((place) => ({
    frame: place.frame,
    x: number((place.offsetX / canvas.height) * 100),
    y: number((-place.offsetY / canvas.height) * 100),
    scale: number(place.scale / fitted),
  }));
  const [first] = values;
  if (first === undefined) return [];
  const isPlain = values.length === 1 && first.x === '0' && first.y === '0' && first.scale === '1';
  if (isPlain) return [];
  const position = `${first.x} ${first.y}`;
  const scale = `${first.scale} ${first.scale}`;
  if (values.length === 1) return [element('adjust-transform', { position, scale })];
  // Keyframes count the clip's own time, which begins where it begins in its source.
  const time = (frame: number) =>
    formatSeconds(clip.sourceStartFrame * clip.speed.den + frame * clip.speed.num, canvas.frameRate, {
      num: clip.speed.num,
      den: 1,
    });
  const animation = (pick: (value: (typeof values)[number]) => string) =>
    element(
      'keyframeAnimation',
      {},
      ...values.map((value) =>
        element('keyframe', { time: time(value.frame), value: pick(value), curve: 'linear' }),
      ),
    );
  return [
    element(
      'adjust-transform',
      { position, scale },
      element(
        'param',
        { name: 'position' },
        animation((value) => `${value.x} ${value.y}`),
      ),
      element(
        'param',
        { name: 'scale' },
        animation((value) => `${value.scale} ${value.scale}`),
      ),
    ),
  ];
}

/** How much louder or quieter a clip is. */
export function volume(clip: Clip | undefined): XmlElement[] {
  const gain = clip === undefined ? undefined : effectOf(clip, 'gain');
  return gain === undefined ? [] : [element('adjust-volume', { amount: `${number(gain.gainDb)}dB` })];
}

/** At most five decimals, never in exponent form. */
export function number(value: number): string {
  const text = value.toFixed(5).replace(/\.?0+$/u, '');
  return text === '-0' ? '0' : text;
}
