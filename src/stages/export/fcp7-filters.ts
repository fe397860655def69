import { rationalToNumber } from '../../domain/time.ts';
import type { Asset, Clip, Timeline } from '../../domain/timeline.ts';
import { countOf, type Dropped } from './dropped.ts';
import type { ExportOptions } from './export-format.ts';
import { number } from './fcpxml-adjust.ts';
import { effectOf, layoutPicture, pictureSize, type PictureLayout, type PicturePlace } from './geometry.ts';
import { element, textElement, type XmlElement } from './xml.ts';

/**
 * The filters of Final Cut Pro 7 XML that every reader of it knows: Basic Motion, Crop, Opacity, Time Remap, Audio Levels. A
 * scale of 100 is the picture at its own size; a centre counts the canvas's width and height from its middle; crops count
 * hundredths of the picture.
 */

type Parameter = {
  readonly id: string;
  readonly name: string;
  readonly value: string | XmlElement[];
  readonly keyframes?: XmlElement[];
  readonly range?: readonly [number, number];
};

/** The highest level that the format holds: +12 dB. */
const maxLevel = 3.98107;

function filter(
  effect: { name: string; id: string; category: string; type: string; media: 'video' | 'audio' },
  parameters: readonly Parameter[],
): XmlElement {
  return element(
    'filter',
    {},
    element(
      'effect',
      {},
      textElement('name', effect.name),
      textElement('effectid', effect.id),
      textElement('effectcategory', effect.category),
      textElement('effecttype', effect.type),
      textElement('mediatype', effect.media),
      ...parameters.map((parameter) =>
        element(
          'parameter',
          {},
          textElement('parameterid', parameter.id),
          textElement('name', parameter.name),
          ...(parameter.range === undefined
            ? []
            : [textElement('valuemin', parameter.range[0]), textElement('valuemax', parameter.range[1])]),
          typeof parameter.value === 'string'
            ? textElement('value', parameter.value)
            : element('value', {}, ...parameter.value),
          ...(parameter.keyframes ?? []),
        ),
      ),
    ),
  );
}

/** What is done to a clip's picture. `startIn` is the clip's `in`: keyframes count from the source's start. */
export function pictureFilters(
  clip: Clip,
  asset: Asset,
  startIn: number,
  timeline: Timeline,
  options: ExportOptions,
  dropped: Dropped,
): XmlElement[] {
  if (effectOf(clip, 'blur') !== undefined) {
    dropped.add(
      'blur',
      (count) => `the blur of ${countOf(count, 'clip')}: programs measure blurs differently`,
    );
  }
  if (asset.kind === 'color' && clip.effects.length === 0) return [];
  const picture =
    asset.kind === 'file' || asset.kind === 'image'
      ? pictureSize(options.media?.get(asset.id), asset.videoStreamIndex)
      : { width: timeline.width, height: timeline.height };
  if (picture === undefined) {
    dropped.add(
      `size ${asset.id}`,
      (count) =>
        `how the picture of "${asset.id}" is cropped and placed in ${countOf(count, 'clip')}: its file was not there to measure`,
    );
    return [];
  }
  const layout = layoutPicture(clip, picture, timeline);
  return [...motion(layout, startIn, timeline), ...crop(layout, dropped), ...opacity(layout)];
}

function motion(layout: PictureLayout, startIn: number, canvas: Timeline): XmlElement[] {
  const [first] = layout.places;
  if (first === undefined) return [];
  const isMoving = layout.places.length > 1;
  const scaleOf = (place: PicturePlace) => number(place.scale * 100);
  const centerOf = (place: PicturePlace) => [
    textElement('horiz', number(place.offsetX / canvas.width)),
    textElement('vert', number(place.offsetY / canvas.height)),
  ];
  const keyframes = (value: (place: PicturePlace) => XmlElement) =>
    isMoving
      ? layout.places.map((place) =>
          element('keyframe', {}, textElement('when', startIn + place.frame), value(place)),
        )
      : [];
  return [
    filter({ name: 'Basic Motion', id: 'basic', category: 'motion', type: 'motion', media: 'video' }, [
      {
        id: 'scale',
        name: 'Scale',
        range: [0, 1000],
        value: scaleOf(first),
        keyframes: keyframes((place) => textElement('value', scaleOf(place))),
      },
      { id: 'rotation', name: 'Rotation', range: [-8640, 8640], value: '0' },
      {
        id: 'center',
        name: 'Center',
        value: centerOf(first),
        keyframes: keyframes((place) => element('value', {}, ...centerOf(place))),
      },
    ]),
  ];
}

function crop(layout: PictureLayout, dropped: Dropped): XmlElement[] {
  const [place] = layout.places;
  if (!layout.isTrimmed || place === undefined) return [];
  if (layout.places.length > 1) {
    dropped.add(
      'moving trim',
      (count) =>
        `the motion of the edges of ${countOf(count, 'clip')} that is smaller than the canvas: they stay as they begin`,
    );
  }
  const { width, height } = layout.picture;
  const { left, right, top, bottom } = place.trim;
  const side = (id: string, px: number, total: number): Parameter => ({
    id,
    name: id,
    range: [0, 100],
    value: number((px / total) * 100),
  });
  return [
    filter({ name: 'Crop', id: 'crop', category: 'motion', type: 'motion', media: 'video' }, [
      side('left', left, width),
      side('right', right, width),
      side('top', top, height),
      side('bottom', bottom, height),
    ]),
  ];
}

function opacity({ opacity: share }: PictureLayout): XmlElement[] {
  if (share === 1) return [];
  return [
    filter({ name: 'Opacity', id: 'opacity', category: 'motion', type: 'motion', media: 'video' }, [
      { id: 'opacity', name: 'opacity', range: [0, 100], value: number(share * 100) },
    ]),
  ];
}

/** How fast a clip plays. */
export function speedFilters(clip: Clip, media: 'video' | 'audio'): XmlElement[] {
  const speed = rationalToNumber(clip.speed);
  if (speed === 1) return [];
  return [
    filter({ name: 'Time Remap', id: 'timeremap', category: 'motion', type: 'motion', media }, [
      { id: 'variablespeed', name: 'variablespeed', range: [0, 1], value: '0' },
      { id: 'speed', name: 'speed', range: [-100_000, 100_000], value: number(speed * 100) },
      { id: 'reverse', name: 'reverse', value: 'FALSE' },
      { id: 'frameblending', name: 'frameblending', value: 'FALSE' },
    ]),
  ];
}

/** How much louder or quieter a clip is. */
export function gainFilters(clip: Clip, dropped: Dropped): XmlElement[] {
  const gain = effectOf(clip, 'gain');
  if (effectOf(clip, 'duck') !== undefined) {
    dropped.add('duck', (count) => `that ${countOf(count, 'clip')} makes way for a voice`);
  }
  if (gain === undefined) return [];
  const level = 10 ** (gain.gainDb / 20);
  if (level > maxLevel) {
    dropped.add('gain', (count) => `what ${countOf(count, 'clip')} gains beyond 12 dB`);
  }
  return [
    filter(
      {
        name: 'Audio Levels',
        id: 'audiolevels',
        category: 'audiolevels',
        type: 'audiolevels',
        media: 'audio',
      },
      [{ id: 'level', name: 'Level', range: [0, maxLevel], value: number(Math.min(level, maxLevel)) }],
    ),
  ];
}
