import { PatternPivotError } from '../../domain/errors.ts';
import { rationalToNumber } from '../../domain/time.ts';
import type { Asset, Clip, Timeline, Track } from '../../domain/timeline.ts';
import { countOf, createDropped, type Dropped } from './dropped.ts';
import type { ExportedTimeline, ExportOptions } from './export-format.ts';
import { toFileUrl } from './file-url.ts';
import { effectOf } from './geometry.ts';
import { toTimecode, toWholeRate, type WholeRate } from './timecode.ts';
import { listTrackItems, nameOfAsset, toOneLine, type TrackItem } from './track-items.ts';

/**
 * An edit decision list as CMX 3600 wrote them, which every conforming system reads: one video track, two of sound, cuts,
 * dissolves and speeds. Timecodes of sources and of the edit begin at zero.
 */

/** Channels of sound, in the order in which audio tracks get them. */
const soundChannels = ['A', 'A2'] as const;

/** Event numbers have three digits. */
const maxEvents = 999;

/** Two digits count the frames of a second. */
const maxTimebase = 99;

type Event = { readonly startFrame: number; readonly lines: (number: string) => string[] };

/** A timeline as a CMX 3600 EDL. @throws input.export_rate where timecode has no such frame rate */
export function exportEdl(timeline: Timeline, options: ExportOptions): ExportedTimeline {
  const rate = toWholeRate(timeline.frameRate, 'An EDL');
  if (rate.timebase > maxTimebase) {
    throw new PatternPivotError(
      'input.export_rate',
      `An EDL has no ${rate.timebase} frames a second: two digits count them.`,
      {
        hint: 'Export it to otio or fcpxml, which have any rate.',
        context: { frameRate: timeline.frameRate },
      },
    );
  }
  const dropped = createDropped();
  const videos = timeline.tracks.filter((track) => track.kind === 'video' && track.clips.length > 0);
  const sounds = timeline.tracks.filter((track) => track.kind === 'audio' && track.clips.length > 0);
  const main = chooseVideo(timeline, videos);
  for (const track of [...videos.filter((one) => one !== main), ...sounds.slice(soundChannels.length)]) {
    dropped.add(`track ${track.kind}`, (count) =>
      track.kind === 'video'
        ? `${countOf(count, 'video track')} beside "${main?.id}": an EDL has one`
        : `${countOf(count, 'audio track')}: an EDL has two`,
    );
  }
  const sheet = { timeline, rate, options, dropped };
  const events = [
    ...(main === undefined ? [] : trackEvents(sheet, main, 'V')),
    ...sounds
      .slice(0, soundChannels.length)
      .flatMap((track, index) => trackEvents(sheet, track, soundChannels[index] ?? 'A')),
  ].toSorted((a, b) => a.startFrame - b.startFrame);
  tellLosses(timeline, events.length, dropped);
  const lines = [
    `TITLE: ${toOneLine(timeline.name).slice(0, 70) || 'Timeline'}`,
    `FCM: ${rate.isDropFrame ? 'DROP FRAME' : 'NON-DROP FRAME'}`,
    '',
    ...events.flatMap((event, index) => event.lines(String(index + 1).padStart(3, '0'))),
  ];
  return { text: `${lines.join('\n')}\n`, dropped: dropped.list() };
}

/** The track that tells most of the edit: with the most frames of film that is neither blurred nor hidden below another. */
function chooseVideo(timeline: Timeline, videos: readonly Track[]): Track | undefined {
  const assets = new Map(timeline.assets.map((asset) => [asset.id, asset]));
  const frames = (track: Track) =>
    track.clips
      .filter((clip) => assets.get(clip.assetId)?.kind === 'file' && effectOf(clip, 'blur') === undefined)
      .reduce((sum, clip) => sum + clip.durationFrames, 0);
  return videos.reduce<Track | undefined>(
    (best, track) => (best === undefined || frames(track) > frames(best) ? track : best),
    undefined,
  );
}

function tellLosses(timeline: Timeline, events: number, dropped: Dropped): void {
  const cues = timeline.captions.cues.length;
  if (cues > 0) dropped.add('captions', () => `${countOf(cues, 'caption')}: export them to srt beside it`);
  if (events > maxEvents) {
    dropped.add(
      'events',
      () => `numbers of three digits: there are ${events} events, and old systems read ${maxEvents}`,
    );
  }
  dropped.add(
    'canvas',
    () => `the size of the picture (${timeline.width}×${timeline.height}) and the loudness of the sound`,
  );
}

type Sheet = {
  readonly timeline: Timeline;
  readonly rate: WholeRate;
  readonly options: ExportOptions;
  readonly dropped: Dropped;
};

function trackEvents(sheet: Sheet, track: Track, channel: string): Event[] {
  const items = listTrackItems(sheet.timeline, track);
  return items.flatMap((item, index): Event[] => {
    if (item.kind !== 'clip') return [];
    return [clipEvent(sheet, item, items[index - 1], items[index + 1], channel)];
  });
}

/** One event: a cut, or a dissolve that begins before the clip and takes the frames before its start. */
function clipEvent(
  sheet: Sheet,
  { clip, asset }: Extract<TrackItem, { kind: 'clip' }>,
  before: TrackItem | undefined,
  after: TrackItem | undefined,
  channel: string,
): Event {
  const { timeline, rate, dropped } = sheet;
  tellEffects(clip, asset, dropped);
  const into = before?.kind === 'dissolve' ? before.dissolve : undefined;
  const outOf = after?.kind === 'dissolve' ? after.dissolve : undefined;
  const isStill = asset.kind !== 'file';
  const speed = isStill ? 1 : rationalToNumber(clip.speed);
  const reel = asset.kind === 'file' || asset.kind === 'image' ? 'AX' : 'BL';
  const recordIn = clip.startFrame - (into?.beforeFrames ?? 0);
  const recordOut = clip.startFrame + clip.durationFrames - (outOf?.beforeFrames ?? 0);
  const sourceIn = isStill ? 0 : Math.round(clip.sourceStartFrame - (into?.beforeFrames ?? 0) * speed);
  const sourceOut = sourceIn + Math.round((recordOut - recordIn) * speed);
  const line = (
    number: string,
    from: string,
    kind: string,
    frames: readonly [number, number, number, number],
  ) =>
    `${number}  ${from.padEnd(8)} ${channel.padEnd(5)} ${kind.padEnd(8)} ${frames.map((frame) => toTimecode(frame, rate)).join(' ')}`;
  const comments = [
    ...(into === undefined ? [] : [`* FROM CLIP NAME: ${nameOf(timeline, into.from)}`]),
    `* ${into === undefined ? 'FROM' : 'TO'} CLIP NAME: ${nameOfAsset(asset)}`,
    ...(asset.kind === 'file' || asset.kind === 'image'
      ? [`* SOURCE FILE: ${toFileUrl(asset.path, sheet.options.baseFolder)}`]
      : []),
    ...(speed === 1
      ? []
      : [
          `M2   ${reel.padEnd(8)} ${(rationalToNumber(timeline.frameRate) * speed).toFixed(3).padStart(7, '0')} ${' '.repeat(15)} ${toTimecode(sourceIn, rate).replace(';', ':')}`,
        ]),
    '',
  ];
  const frames = [sourceIn, sourceOut, recordIn, recordOut] as const;
  return {
    startFrame: recordIn,
    lines: (number) => {
      if (into === undefined) return [line(number, reel, 'C', frames), ...comments];
      const length = String(into.beforeFrames + into.afterFrames).padStart(3, '0');
      const left = outOfPoint(timeline, into.from, into.beforeFrames);
      return [
        line(number, left.reel, 'C', [left.frame, left.frame, recordIn, recordIn]),
        line(number, reel, `D    ${length}`, frames),
        ...comments,
      ];
    },
  };
}

/** Where the clip before a dissolve is left. */
function outOfPoint(timeline: Timeline, clip: Clip, beforeFrames: number): { reel: string; frame: number } {
  const asset = timeline.assets.find((one) => one.id === clip.assetId);
  if (asset?.kind !== 'file') return { reel: asset?.kind === 'image' ? 'AX' : 'BL', frame: 0 };
  const played = (clip.durationFrames - beforeFrames) * rationalToNumber(clip.speed);
  return { reel: 'AX', frame: Math.round(clip.sourceStartFrame + played) };
}

function nameOf(timeline: Timeline, clip: Clip): string {
  const asset = timeline.assets.find((one) => one.id === clip.assetId);
  return asset === undefined ? clip.assetId : nameOfAsset(asset);
}

function tellEffects(clip: Clip, asset: Asset, dropped: Dropped): void {
  for (const effect of clip.effects) {
    dropped.add(`effect ${effect.kind}`, (count) => `the ${effect.kind} of ${countOf(count, 'clip')}`);
  }
  if (asset.kind !== 'file' && asset.kind !== 'image') {
    dropped.add(
      `asset ${asset.kind}`,
      (count) =>
        `${countOf(count, `${asset.kind} clip`)}: black stands in ${count === 1 ? 'its' : 'their'} place`,
    );
  }
}
