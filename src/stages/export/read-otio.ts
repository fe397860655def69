import { mainVideo, type MediaInfo } from '../../domain/media.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { findTimelineMistakes } from '../../domain/timeline-rules.ts';
import type { Rational } from '../../domain/time.ts';
import type { Asset, Clip, Timeline } from '../../domain/timeline.ts';
import { countOf, createDropped } from './dropped.ts';
import { pathOfReference } from './file-url.ts';
import { applyMarkers, clampWords, followClips } from './otio-captions.ts';
import { mediaOf, readTrack, slug, takeId, type Reading } from './otio-clips.ts';
import { parseOtio, schemaOf, type OtioMedia, type OtioTimeline } from './otio-document.ts';
import {
  hasSameClips,
  mediaMetadataSchema,
  ownMetadata,
  readOrigin,
  toRational,
  type OtioOrigin,
} from './otio-origin.ts';

/**
 * OpenTimelineIO to a timeline: exactly the one that was exported, with what an editor changed since; or one of another
 * program as far as it goes.
 */

/** A media file that a document names and that was found. */
export type FoundMedia = {
  readonly path: string;
  readonly contentHash: string;
  readonly info: MediaInfo;
};

/** A read document, and the paths of media that it does not come with what we need to know of: they have to be looked at. */
export type OtioDraft = {
  readonly document: OtioTimeline;
  readonly origin: OtioOrigin | undefined;
  readonly documentFolder: string;
  readonly unknownPaths: readonly string[];
};

/** A timeline that was made from a document, and in words what of it was left out or changed. */
export type ImportedTimeline = { readonly timeline: Timeline; readonly dropped: readonly string[] };

/** The canvas of a document that says nothing of one and whose media has no picture, in px. */
const defaultCanvas = { width: 1920, height: 1080 };

/** Platforms play at this loudness; the peak is that of the encoded file. */
const defaultLoudness = { integratedLufs: -14, truePeakDbtp: -1 };

const defaultRate: Rational = { num: 30, den: 1 };

/** Most tracks of a timeline; the rules of the document say the same. */
const maxDimension = 8192;

/**
 * Reads the text of an `.otio` file. Both folders are absolute: the one that the timeline will lie in, and the one that the
 * document's relative paths count from.
 * @throws input.otio_invalid
 */
export function readOtio(
  text: string,
  { timelineFolder, documentFolder }: { timelineFolder: string; documentFolder: string },
): OtioDraft {
  const document = parseOtio(text);
  const origin = readOrigin(document, timelineFolder);
  const unknown = new Set<string>();
  for (const track of document.tracks.children ?? []) {
    for (const item of track.children ?? []) {
      const media = schemaOf(item) === 'Clip' ? mediaOf(item) : undefined;
      if (media === undefined || ownAsset(media, origin) !== undefined) continue;
      const path = pathOfMedia(media, documentFolder);
      if (path !== undefined) unknown.add(path);
    }
  }
  return { document, origin, documentFolder, unknownPaths: [...unknown] };
}

/**
 * Makes the timeline. `found` holds what is known of the draft's unknown paths; media that is not in it is left out.
 * @throws input.otio_empty, input.timeline_invalid
 */
export function timelineFromOtio(draft: OtioDraft, found: ReadonlyMap<string, FoundMedia>): ImportedTimeline {
  const { document, origin, documentFolder } = draft;
  const dropped = createDropped();
  const frameRate = origin?.frameRate ?? commonRate(document);
  const assets = new Map<string, Asset>((origin?.assets ?? []).map((asset) => [asset.id, asset]));
  const added = new Map<string, Asset>();
  const takenAssets = new Set(assets.keys());
  const reading: Reading = {
    frameRate,
    origin,
    dropped,
    taken: { tracks: new Set(), clips: new Set(), transitions: new Set() },
    originOf: new Map(),
    assetOf(media) {
      const own = ownAsset(media, origin);
      if (own !== undefined) return own;
      const path = pathOfMedia(media, documentFolder);
      const file = path === undefined ? undefined : found.get(path);
      if (file === undefined) return undefined;
      const known = added.get(file.path);
      if (known !== undefined) return known;
      const asset = toAsset(file, takeId(takenAssets, slug(media.name, 'media')));
      if (asset !== undefined) added.set(file.path, asset);
      return asset;
    },
  };
  const read = (document.tracks.children ?? []).flatMap((track) => readTrack(track, reading) ?? []);
  const tracks = read.map((one) => one.track);
  const durationFrames = Math.max(0, ...read.map((one) => one.endFrame));
  if (durationFrames < 1 || tracks.every((track) => track.clips.length === 0)) {
    throw new PatternPivotError(
      'input.otio_empty',
      'Nothing of this OpenTimelineIO document can be shown or heard.',
      {
        hint: dropped.list()[0] ?? 'It has no clips. Export it again from the program that made it.',
        context: { dropped: dropped.list() },
      },
    );
  }
  tellMarkers(document, reading);
  const { pivot: _, ...otherMetadata } = document.metadata ?? {};
  const canvas = origin ?? canvasOf([...found.values()]);
  const timeline: Timeline = {
    version: 1,
    name: ((document.name ?? '').trim() || 'Imported timeline').slice(0, 500),
    frameRate,
    width: canvas.width,
    height: canvas.height,
    durationFrames,
    loudness: origin?.loudness ?? defaultLoudness,
    assets: [...assets.values(), ...added.values()],
    ...(origin?.fonts === undefined ? {} : { fonts: origin.fonts }),
    tracks,
    transitions: orderTransitions(
      read.flatMap((one) => one.transitions),
      origin,
    ),
    captions: { style: 'none', cues: [] },
    metadata: { ...otherMetadata, ...(origin?.metadata === undefined ? {} : { pivot: origin.metadata }) },
  };
  const captions = origin === undefined ? timeline.captions : captionsOf(timeline, document, origin, reading);
  return {
    timeline: parseTimeline(withoutBrokenFades({ ...timeline, captions }, reading)),
    dropped: dropped.list(),
  };
}

/** Transitions in the order in which they were, where they are the same ones. */
function orderTransitions(
  transitions: Timeline['transitions'],
  origin: OtioOrigin | undefined,
): Timeline['transitions'] {
  const order = new Map((origin?.transitions ?? []).map((one, index) => [one.id, index]));
  return transitions.toSorted((a, b) => (order.get(a.id) ?? Infinity) - (order.get(b.id) ?? Infinity) || 0);
}

function captionsOf(
  timeline: Timeline,
  document: OtioTimeline,
  origin: OtioOrigin,
  { originOf, dropped }: Reading,
): Timeline['captions'] {
  const { cues, isMoved } = applyMarkers(
    origin.captions.cues,
    document.tracks.markers ?? [],
    timeline.frameRate,
  );
  if (hasSameClips(timeline.tracks, origin) && isMoved.size === 0) return { ...origin.captions, cues };
  const stay = cues.filter((cue) => isMoved.has(cue));
  const follow = cues.filter((cue) => !isMoved.has(cue));
  const followed = hasSameClips(timeline.tracks, origin)
    ? follow
    : followClips(follow, timeline, origin, originOf, dropped);
  if (hasMore(timeline.tracks, originOf)) {
    dropped.add('uncaptioned', () => 'captions of what the edit brought in: its words are not known here');
  }
  return { ...origin.captions, cues: withoutOverlaps([...followed, ...stay], timeline) };
}

/** Whether an edit shows more of a source than before, or another one. */
function hasMore(tracks: Timeline['tracks'], originOf: ReadonlyMap<Clip, Clip>): boolean {
  const end = (clip: Clip) => clip.sourceStartFrame + (clip.durationFrames * clip.speed.num) / clip.speed.den;
  return tracks
    .filter((track) => track.kind === 'audio')
    .some((track) =>
      track.clips.some((clip) => {
        const before = originOf.get(clip);
        return (
          before === undefined ||
          clip.sourceStartFrame < before.sourceStartFrame ||
          end(clip) > end(before) + 0.5
        );
      }),
    );
}

/** Captions in order, each ending where the next begins: an editor may have moved one over another. */
function withoutOverlaps(
  cues: Timeline['captions']['cues'],
  timeline: Timeline,
): Timeline['captions']['cues'] {
  const endMs = Math.ceil((timeline.durationFrames * 1000 * timeline.frameRate.den) / timeline.frameRate.num);
  const ordered = cues.toSorted((a, b) => a.startMs - b.startMs);
  return ordered.flatMap((cue, index) => {
    const lastMs = Math.min(cue.endMs, ordered[index + 1]?.startMs ?? endMs, endMs);
    if (lastMs <= cue.startMs) return [];
    return [{ ...cue, endMs: lastMs, words: clampWords(cue.words, cue.startMs, lastMs) }];
  });
}

/** A dissolve that the edit left without room is left out, rather than the whole timeline refused. */
function withoutBrokenFades(timeline: Timeline, { dropped }: Reading): Timeline {
  const broken = new Set(
    findTimelineMistakes(timeline).flatMap((mistake) => {
      const index = /^transitions\[(\d+)\]/u.exec(mistake)?.[1];
      return index === undefined ? [] : [Number(index)];
    }),
  );
  if (broken.size === 0) return timeline;
  dropped.add('room', () => `${countOf(broken.size, 'dissolve')} for which the clips around leave no room`);
  return { ...timeline, transitions: timeline.transitions.filter((_, index) => !broken.has(index)) };
}

/** The asset that a reference was exported from, if it still names the same file. */
function ownAsset(media: OtioMedia, origin: OtioOrigin | undefined): Asset | undefined {
  const own = origin === undefined ? undefined : ownMetadata(media, mediaMetadataSchema);
  const asset = own === undefined ? undefined : origin?.assets.find((one) => one.id === own.assetId);
  const isFile = asset?.kind === 'file' || asset?.kind === 'image';
  return isFile && own?.url !== (media.target_url ?? undefined) ? undefined : asset;
}

function pathOfMedia(media: OtioMedia, folder: string): string | undefined {
  if (schemaOf(media) !== 'ExternalReference') return undefined;
  return pathOfReference(media.target_url ?? '', folder);
}

function toAsset({ path, contentHash, info }: FoundMedia, id: string): Asset | undefined {
  const video = mainVideo(info);
  const hasAudio = info.audio.length > 0;
  if (video === undefined && !hasAudio) return undefined;
  // A still has no length of its own; one frame of film is told from it by its container.
  if (isStill(info)) return { id, kind: 'image', path, contentHash };
  return {
    id,
    kind: 'file',
    path,
    contentHash,
    durationMs: Math.max(1, info.durationMs),
    hasVideo: video !== undefined,
    hasAudio,
  };
}

/** Containers of single pictures, as FFmpeg calls them. */
function isStill(info: MediaInfo): boolean {
  return info.audio.length === 0 && /(?:^|,)(?:image2|\w+_pipe)(?:,|$)/u.test(info.container);
}

function canvasOf(found: readonly FoundMedia[]): { width: number; height: number } {
  for (const { info } of found) {
    const video = mainVideo(info);
    if (video === undefined) continue;
    const even = (px: number) => Math.min(maxDimension, Math.max(16, 2 * Math.round(px / 2)));
    return { width: even(video.displayWidth), height: even(video.displayHeight) };
  }
  return defaultCanvas;
}

/** The rate that most of a document's clips are counted in. */
function commonRate(document: OtioTimeline): Rational {
  const counts = new Map<number, number>();
  for (const track of document.tracks.children ?? []) {
    for (const item of track.children ?? []) {
      const rate = item.source_range?.duration.rate ?? mediaOf(item)?.available_range?.duration.rate;
      // Programs count sound in samples: no rate of frames.
      if (rate === undefined || rate > 240 || rate < 1) continue;
      counts.set(rate, (counts.get(rate) ?? 0) + (schemaOf(item) === 'Clip' ? 2 : 1));
    }
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  return most === undefined ? defaultRate : toRational(most[0]);
}

/** Markers of other programs have no place in a timeline. */
function tellMarkers(document: OtioTimeline, { dropped }: Reading): void {
  const items = (document.tracks.children ?? []).flatMap((track) => track.children ?? []);
  const markers = [...(document.tracks.markers ?? []), ...items.flatMap((item) => item.markers ?? [])];
  for (const marker of markers) {
    const isCaption = typeof (marker.metadata?.['pivot'] as { cue?: unknown } | undefined)?.cue === 'number';
    if (!isCaption) dropped.add('markers', (count) => countOf(count, 'marker'));
  }
}
