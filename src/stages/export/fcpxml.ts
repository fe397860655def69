import { msToNearestFrame } from '../../domain/time.ts';
import type { Asset, Clip, Timeline, Track } from '../../domain/timeline.ts';
import { countOf, createDropped, type Dropped } from './dropped.ts';
import type { ExportedTimeline, ExportOptions } from './export-format.ts';
import { localStart, pictureAdjustments, timing, volume } from './fcpxml-adjust.ts';
import { createResources, type Resources } from './fcpxml-resources.ts';
import { captionsOf, colorComponents, titleElement, type Hanging } from './fcpxml-text.ts';
import { formatSeconds } from './fcpxml-time.ts';
import { listTrackItems, nameOfAsset, toOneLine, trackEndFrame, type TrackItem } from './track-items.ts';
import { element, formatXml, type XmlElement } from './xml.ts';

/**
 * FCPXML 1.10 (Final Cut Pro 10.6.2 on, DaVinci Resolve 18 on). The bottom video track is the primary storyline; all
 * other tracks hang on it, videos in lanes above, sound in lanes below. Sound that runs with its picture is one clip with it.
 */

type Sheet = {
  readonly timeline: Timeline;
  readonly options: ExportOptions;
  readonly resources: Resources;
  readonly dropped: Dropped;
  readonly titles: { count: number };
};

/** The lane attribute, and whether it is the sound or the picture of a file that is wanted. */
type Use = {
  readonly lane?: number;
  readonly want: 'video' | 'audio' | 'all';
  readonly sound?: Clip | undefined;
};

/** A timeline as an `.fcpxml` document. */
export function exportFcpxml(timeline: Timeline, options: ExportOptions): ExportedTimeline {
  const dropped = createDropped();
  const resources = createResources(timeline, options, dropped);
  const sheet: Sheet = { timeline, options, resources, dropped, titles: { count: 0 } };
  const { frameRate, durationFrames } = timeline;
  const videos = timeline.tracks.filter((track) => track.kind === 'video' && track.clips.length > 0);
  const sounds = timeline.tracks.filter((track) => track.kind === 'audio' && track.clips.length > 0);
  const [main] = videos;
  const joined = joinSound(timeline, main, sounds);
  const hanging: Hanging[] = [
    ...videos.slice(1).flatMap((track, index) => hangTrack(sheet, track, index + 1, 'video')),
    ...sounds
      .filter((track) => track !== joined?.track)
      .flatMap((track, index) => hangTrack(sheet, track, -1 - index, 'audio')),
    ...captionsOf(timeline, videos.length === 0 ? 1 : videos.length),
  ];
  const spine = makeSpine(sheet, main, joined?.sounds ?? new Map(), hanging);
  tellLosses(timeline, dropped);
  const isDropFrame = frameRate.den === 1001 && (frameRate.num === 30000 || frameRate.num === 60000);
  const sequence = element(
    'sequence',
    {
      format: resources.sequenceFormat,
      duration: formatSeconds(durationFrames, frameRate),
      tcStart: '0s',
      tcFormat: isDropFrame ? 'DF' : 'NDF',
      audioLayout: 'stereo',
      audioRate: '48k',
    },
    element('spine', {}, ...spine),
  );
  const name = toOneLine(timeline.name) || 'Timeline';
  const root = element(
    'fcpxml',
    { version: '1.10' },
    element('resources', {}, ...resources.list()),
    element(
      'library',
      {},
      element('event', { name: 'PatternPivot' }, element('project', { name }, sequence)),
    ),
  );
  return { text: formatXml(root), dropped: dropped.list() };
}

function tellLosses(timeline: Timeline, dropped: Dropped): void {
  const { cues } = timeline.captions;
  if (cues.length > 0) {
    dropped.add(
      'caption look',
      () =>
        `the look of ${countOf(cues.length, 'caption')} and the time of each word: they come as plain captions, said to be English`,
    );
  }
  if (timeline.assets.some((asset) => asset.kind === 'title')) {
    dropped.add('title look', () => 'the boxes, line breaks and exact places of titles');
  }
  dropped.add(
    'loudness',
    () => `the loudness that the finished sound is brought to (${timeline.loudness.integratedLufs} LUFS)`,
  );
}

/** The audio track that holds the sound of the main pictures, cut where they are, and which sound goes with which clip. */
function joinSound(
  timeline: Timeline,
  main: Track | undefined,
  sounds: readonly Track[],
): { track: Track; sounds: ReadonlyMap<Clip, Clip> } | undefined {
  if (main === undefined) return undefined;
  const isFile = new Set(timeline.assets.flatMap((asset) => (asset.kind === 'file' ? [asset.id] : [])));
  for (const track of sounds) {
    const pairs = new Map<Clip, Clip>();
    for (const sound of track.clips) {
      const picture = main.clips.find((clip) => clip.startFrame === sound.startFrame);
      const isSame =
        picture !== undefined &&
        isFile.has(sound.assetId) &&
        picture.assetId === sound.assetId &&
        picture.durationFrames === sound.durationFrames &&
        picture.sourceStartFrame === sound.sourceStartFrame &&
        picture.speed.num * sound.speed.den === sound.speed.num * picture.speed.den;
      if (isSame) pairs.set(picture, sound);
    }
    const fades = (id: string) => timeline.transitions.filter((one) => one.trackId === id);
    const hasSameFades =
      fades(track.id).length === fades(main.id).length &&
      fades(main.id).every((one) =>
        fades(track.id).some((other) => {
          const [from, to] = [one.fromClipId, one.toClipId].map((id) =>
            main.clips.find((clip) => clip.id === id),
          );
          return (
            from !== undefined &&
            to !== undefined &&
            pairs.get(from)?.id === other.fromClipId &&
            pairs.get(to)?.id === other.toClipId &&
            one.durationFrames === other.durationFrames
          );
        }),
      );
    if (pairs.size === track.clips.length && hasSameFades) return { track, sounds: pairs };
  }
  return undefined;
}

/** The primary storyline: the main track without a hole, with all that hangs on it. */
function makeSpine(
  sheet: Sheet,
  main: Track | undefined,
  sounds: ReadonlyMap<Clip, Clip>,
  hanging: readonly Hanging[],
): XmlElement[] {
  const { timeline } = sheet;
  const items: TrackItem[] = main === undefined ? [] : listTrackItems(timeline, main);
  const endFrame = main === undefined ? 0 : trackEndFrame(main);
  if (endFrame < timeline.durationFrames) {
    items.push({ kind: 'gap', startFrame: endFrame, durationFrames: timeline.durationFrames - endFrame });
  }
  return items.flatMap((item) => {
    if (item.kind === 'dissolve')
      return [dissolve(sheet, item.dissolve.cutFrame - item.dissolve.beforeFrames, item, sounds)];
    const holder = item.kind === 'clip' ? item.clip : item;
    const mine = hanging
      .filter(
        (one) =>
          one.startFrame >= holder.startFrame && one.startFrame < holder.startFrame + holder.durationFrames,
      )
      .toSorted((a, b) => a.startFrame - b.startFrame);
    const isLasting = item.kind === 'clip' && item.asset.kind === 'file';
    const anchored = mine.map((one) => {
      const inside = one.startFrame - holder.startFrame;
      if (!isLasting || item.kind !== 'clip') {
        const start = item.kind === 'clip' ? stillStart(item.asset) : 0;
        return one.make(secondsFrom(start, inside, timeline));
      }
      const { clip } = item;
      return one.make(
        formatSeconds(clip.sourceStartFrame * clip.speed.den + inside * clip.speed.num, timeline.frameRate, {
          num: clip.speed.num,
          den: 1,
        }),
      );
    });
    if (item.kind === 'gap') return [gap(item, timeline, anchored)];
    const sound = sounds.get(item.clip);
    const want = sound === undefined ? 'video' : 'all';
    return clipElement(sheet, item.clip, item.asset, item.clip.startFrame, { want, sound }, anchored);
  });
}

/** Where things without a time of their own begin in their own time, in s. */
function stillStart(asset: Asset): number {
  return asset.kind === 'title' ? 3600 : 0;
}

function secondsFrom(startSeconds: number, frames: number, { frameRate }: Timeline): string {
  if (startSeconds === 0) return formatSeconds(frames, frameRate);
  return `${startSeconds * frameRate.num + frames * frameRate.den}/${frameRate.num}s`;
}

/** The clips of another track, each hanging on what lies below its start; with dissolves, as one storyline. */
function hangTrack(sheet: Sheet, track: Track, lane: number, want: 'video' | 'audio'): Hanging[] {
  const { timeline } = sheet;
  const items = listTrackItems(timeline, track);
  if (!items.some((item) => item.kind === 'dissolve')) {
    return items.flatMap((item): Hanging[] =>
      item.kind === 'clip'
        ? clipElement(sheet, item.clip, item.asset, 0, { want, lane }, []).map((made) => ({
            startFrame: item.clip.startFrame,
            make: (offset) => ({ ...made, attributes: { ...made.attributes, offset } }),
          }))
        : [],
    );
  }
  const first = track.clips[0]?.startFrame ?? 0;
  const children = items
    .filter((item) => item.kind !== 'gap' || item.startFrame >= first)
    .flatMap((item) => {
      if (item.kind === 'gap') return [gap({ ...item, startFrame: item.startFrame - first }, timeline, [])];
      if (item.kind === 'clip')
        return clipElement(sheet, item.clip, item.asset, item.clip.startFrame - first, { want }, []);
      return [
        dissolve(sheet, item.dissolve.cutFrame - item.dissolve.beforeFrames - first, item, new Map(), want),
      ];
    });
  return [{ startFrame: first, make: (offset) => element('spine', { lane, offset }, ...children) }];
}

function gap(
  item: { startFrame: number; durationFrames: number },
  { frameRate }: Timeline,
  anchored: readonly XmlElement[],
): XmlElement {
  return element(
    'gap',
    {
      name: 'Gap',
      offset: formatSeconds(item.startFrame, frameRate),
      start: '0s',
      duration: formatSeconds(item.durationFrames, frameRate),
    },
    ...anchored,
  );
}

function dissolve(
  { timeline, resources }: Sheet,
  startFrame: number,
  { dissolve: made }: Extract<TrackItem, { kind: 'dissolve' }>,
  sounds: ReadonlyMap<Clip, Clip>,
  want: 'video' | 'audio' = 'video',
): XmlElement {
  const hasSound = want === 'audio' || sounds.has(made.from);
  return element(
    'transition',
    {
      name: want === 'audio' ? 'Audio Crossfade' : 'Cross Dissolve',
      offset: formatSeconds(startFrame, timeline.frameRate),
      duration: formatSeconds(made.transition.durationFrames, timeline.frameRate),
    },
    want === 'audio'
      ? undefined
      : element('filter-video', { ref: resources.effect('dissolve'), name: 'Cross Dissolve' }),
    hasSound
      ? element('filter-audio', { ref: resources.effect('crossfade'), name: 'Audio Crossfade' })
      : undefined,
  );
}

/** One clip; what has no counterpart becomes a gap where it must keep its place, and nothing elsewhere. */
function clipElement(
  sheet: Sheet,
  clip: Clip,
  asset: Asset,
  offsetFrame: number,
  use: Use,
  anchored: readonly XmlElement[],
): XmlElement[] {
  const { timeline, options, resources, dropped } = sheet;
  const { frameRate } = timeline;
  const place = {
    lane: use.lane,
    offset: formatSeconds(offsetFrame, frameRate),
    name: nameOfAsset(asset),
    duration: formatSeconds(clip.durationFrames, frameRate),
  };
  const adjustments = () => pictureAdjustments(clip, asset, timeline, options, dropped);
  switch (asset.kind) {
    case 'waveform':
      dropped.add('waveform', (count) => `${countOf(count, 'drawing')} of the sound`);
      if (use.lane !== undefined) return [];
      return [gap({ startFrame: offsetFrame, durationFrames: clip.durationFrames }, timeline, anchored)];
    case 'title':
      sheet.titles.count += 1;
      return [
        withChildren(
          titleElement(asset, { ...place, start: undefined }, timeline, {
            effect: resources.effect('title'),
            index: sheet.titles.count,
          }),
          anchored,
        ),
      ];
    case 'color':
      return [
        element(
          'video',
          { ref: resources.effect('solid'), ...place, start: '0s' },
          element('param', {
            name: 'Color',
            key: '9999/987171795/987171799/3/987171806/2',
            value: colorComponents(asset.color),
          }),
          ...adjustments(),
          ...anchored,
        ),
      ];
    case 'image':
      return [
        element(
          'video',
          { ref: resources.asset(asset), ...place, start: '0s' },
          ...adjustments(),
          ...anchored,
        ),
      ];
    case 'file': {
      const frames = msToNearestFrame(asset.durationMs, frameRate);
      const srcEnable = use.want === 'all' || !(asset.hasVideo && asset.hasAudio) ? undefined : use.want;
      return [
        element(
          'asset-clip',
          { ref: resources.asset(asset), ...place, start: localStart(clip, timeline), srcEnable },
          ...timing(clip, use.want === 'audio' ? undefined : resources.rateOf(asset), frames, timeline),
          ...(use.want === 'audio' ? [] : adjustments()),
          ...volume(use.want === 'audio' ? clip : use.sound),
          ...anchored,
        ),
      ];
    }
  }
}

function withChildren(parent: XmlElement, children: readonly XmlElement[]): XmlElement {
  return { ...parent, children: [...parent.children, ...children] };
}
