import { msToFrame, msToNearestFrame, rationalToNumber, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, Cue, Effect, Timeline, Track } from '../../domain/timeline.ts';
import { countOf, createDropped, type Dropped } from './dropped.ts';
import type { ExportedTimeline, ExportOptions } from './export-format.ts';
import { toFileUrl } from './file-url.ts';
import { listTrackItems, nameOfAsset, textOfWords, toOneLine, trackEndFrame } from './track-items.ts';

/**
 * OpenTimelineIO (https://opentimelineio.readthedocs.io, file format of 0.15 to 0.18). What OTIO has no schema for goes
 * into `metadata.pivot`, which `read-otio.ts` reads again: nothing is lost on the way there and back.
 */

/** The version of what `metadata.pivot` of an exported timeline holds. */
export const otioMetadataVersion = 1;

type Json = { readonly [key: string]: unknown };

/** A timeline as an `.otio` document. */
export function exportOtio(timeline: Timeline, options: ExportOptions): ExportedTimeline {
  const dropped = createDropped();
  const { frameRate } = timeline;
  const endFrame = Math.max(...timeline.tracks.map(trackEndFrame));
  const tracks = timeline.tracks.map((track, index) =>
    writeTrack(timeline, track, options, dropped, {
      // The timeline may be longer than all that is on it: other programs count the longest track.
      endFrame: index === 0 && endFrame < timeline.durationFrames ? timeline.durationFrames : 0,
    }),
  );
  const { pivot, ...otherMetadata } = timeline.metadata;
  const { width, height, loudness, assets, fonts, captions, transitions } = timeline;
  const document = {
    OTIO_SCHEMA: 'Timeline.1',
    name: timeline.name,
    global_start_time: rationalTime(0, frameRate),
    metadata: {
      ...otherMetadata,
      pivot: {
        version: otioMetadataVersion,
        /** Relative paths count from here. */
        folder: toFileUrl('.', options.baseFolder),
        frameRate,
        width,
        height,
        loudness,
        assets,
        ...(fonts === undefined ? {} : { fonts }),
        tracks: timeline.tracks.map((track) => ({
          ...track,
          clips: track.clips.map((clip) => ({ ...clip, effects: [] })),
        })),
        transitions,
        captions,
        ...(pivot === undefined ? {} : { metadata: pivot }),
      },
    },
    tracks: {
      OTIO_SCHEMA: 'Stack.1',
      name: 'tracks',
      metadata: {},
      source_range: null,
      effects: [],
      markers: captions.cues.map((cue, index) => captionMarker(cue, index, frameRate)),
      enabled: true,
      children: tracks,
    },
  };
  if (captions.cues.length > 0) {
    dropped.add(
      'captions',
      () =>
        `${countOf(captions.cues.length, 'caption')} become markers: OTIO has no captions (their look and word times stay in the metadata)`,
    );
  }
  return { text: `${JSON.stringify(document, undefined, 2)}\n`, dropped: dropped.list() };
}

/** The frames that a cue covers: at least one. */
export function framesOfCue(cue: Cue, rate: Rational): { startFrame: number; durationFrames: number } {
  const startFrame = msToFrame(cue.startMs, rate);
  return { startFrame, durationFrames: Math.max(1, msToNearestFrame(cue.endMs, rate) - startFrame) };
}

function captionMarker(cue: Cue, index: number, rate: Rational): Json {
  const { startFrame, durationFrames } = framesOfCue(cue, rate);
  return {
    OTIO_SCHEMA: 'Marker.2',
    name: textOfWords(cue.words),
    comment: '',
    color: 'YELLOW',
    marked_range: timeRange(startFrame, durationFrames, rate),
    metadata: { pivot: { cue: index } },
  };
}

function writeTrack(
  timeline: Timeline,
  track: Track,
  options: ExportOptions,
  dropped: Dropped,
  { endFrame }: { endFrame: number },
): Json {
  const { frameRate } = timeline;
  const children = listTrackItems(timeline, track).map((item): Json => {
    if (item.kind === 'gap') return gap(item.durationFrames, frameRate);
    if (item.kind === 'clip') return writeClip(timeline, item.clip, item.asset, options, dropped);
    const { transition, beforeFrames, afterFrames } = item.dissolve;
    return {
      OTIO_SCHEMA: 'Transition.1',
      name: 'Dissolve',
      metadata: { pivot: { id: transition.id } },
      in_offset: rationalTime(beforeFrames, frameRate),
      out_offset: rationalTime(afterFrames, frameRate),
      transition_type: 'SMPTE_Dissolve',
    };
  });
  const trailing = endFrame - trackEndFrame(track);
  if (trailing > 0) children.push(gap(trailing, frameRate));
  return {
    OTIO_SCHEMA: 'Track.1',
    name: track.id,
    kind: track.kind === 'video' ? 'Video' : 'Audio',
    metadata: { pivot: { id: track.id } },
    source_range: null,
    effects: [],
    markers: [],
    enabled: true,
    children,
  };
}

function gap(durationFrames: number, rate: Rational): Json {
  return {
    OTIO_SCHEMA: 'Gap.1',
    name: '',
    metadata: {},
    source_range: timeRange(0, durationFrames, rate),
    effects: [],
    markers: [],
    enabled: true,
  };
}

function writeClip(
  timeline: Timeline,
  clip: Clip,
  asset: Asset,
  options: ExportOptions,
  dropped: Dropped,
): Json {
  const isPlain = clip.speed.num === clip.speed.den;
  const effects: Json[] = clip.effects.map((effect) => writeEffect(effect, dropped));
  if (!isPlain || clip.speed.num !== 1) {
    effects.unshift({
      OTIO_SCHEMA: 'LinearTimeWarp.1',
      name: 'Speed',
      effect_name: 'LinearTimeWarp',
      metadata: { pivot: { speed: clip.speed } },
      enabled: true,
      time_scalar: rationalToNumber(clip.speed),
    });
  }
  return {
    OTIO_SCHEMA: 'Clip.2',
    name: nameOfAsset(asset),
    metadata: { pivot: { id: clip.id } },
    source_range: timeRange(clip.sourceStartFrame, clip.durationFrames, timeline.frameRate),
    effects,
    markers: [],
    enabled: true,
    media_references: { DEFAULT_MEDIA: writeMedia(timeline, asset, options, dropped) },
    active_media_reference_key: 'DEFAULT_MEDIA',
  };
}

/** Words for what other programs do not do, by the kind of effect. */
const effectWords: Readonly<Record<Effect['kind'], string>> = {
  crop: 'crop',
  blur: 'blur',
  place: 'placing on the canvas',
  gain: 'gain',
  duck: 'making way for a voice',
};

function writeEffect(effect: Effect, dropped: Dropped): Json {
  dropped.add(
    `effect ${effect.kind}`,
    (count) =>
      `the ${effectWords[effect.kind]} of ${countOf(count, 'clip')} is in the metadata only: OTIO has no schema for it, and other programs leave it aside`,
  );
  return {
    OTIO_SCHEMA: 'Effect.1',
    name: effectWords[effect.kind],
    effect_name: `pivot.${effect.kind}`,
    metadata: { pivot: effect },
    enabled: true,
  };
}

function writeMedia(timeline: Timeline, asset: Asset, options: ExportOptions, dropped: Dropped): Json {
  if (asset.kind === 'file' || asset.kind === 'image') {
    const url = toFileUrl(asset.path, options.baseFolder);
    return {
      OTIO_SCHEMA: 'ExternalReference.1',
      name: nameOfAsset(asset),
      metadata: { pivot: { assetId: asset.id, url } },
      available_range:
        asset.kind === 'image'
          ? null
          : timeRange(0, msToNearestFrame(asset.durationMs, timeline.frameRate), timeline.frameRate),
      available_image_bounds: null,
      target_url: url,
    };
  }
  const { kind, parameters } = describeGenerator(asset);
  dropped.add(
    `generator ${kind}`,
    (count) => `${countOf(count, `${kind} generator`)}: programs without one of that name show nothing there`,
  );
  return {
    OTIO_SCHEMA: 'GeneratorReference.1',
    name: nameOfAsset(asset),
    metadata: { pivot: { assetId: asset.id } },
    available_range: null,
    available_image_bounds: null,
    generator_kind: kind,
    parameters,
  };
}

function describeGenerator(asset: Exclude<Asset, { kind: 'file' | 'image' }>): {
  kind: string;
  parameters: Json;
} {
  switch (asset.kind) {
    case 'color':
      return { kind: 'SolidColor', parameters: { color: asset.color } };
    case 'title':
      return { kind: 'Title', parameters: { text: toOneLine(asset.text), color: asset.color } };
    case 'waveform':
      return { kind: 'Waveform', parameters: { look: asset.look, color: asset.color } };
  }
}

function rationalTime(frames: number, rate: Rational): Json {
  return { OTIO_SCHEMA: 'RationalTime.1', rate: rationalToNumber(rate), value: frames };
}

function timeRange(startFrame: number, durationFrames: number, rate: Rational): Json {
  return {
    OTIO_SCHEMA: 'TimeRange.1',
    start_time: rationalTime(startFrame, rate),
    duration: rationalTime(durationFrames, rate),
  };
}
