import { rationalToNumber, type Rational } from '../../domain/time.ts';
import {
  effectSchema,
  type Asset,
  type Clip,
  type Effect,
  type Track,
  type Transition,
} from '../../domain/timeline.ts';
import type { Dropped } from './dropped.ts';
import { countOf } from './dropped.ts';
import { schemaOf, type OtioItem, type OtioMedia, type OtioTime, type OtioTrack } from './otio-document.ts';
import {
  idMetadataSchema,
  ownMetadata,
  speedMetadataSchema,
  toRational,
  type OtioOrigin,
} from './otio-origin.ts';
import { cropAt } from '../render/crop-path.ts';
import { toOneLine } from './track-items.ts';

/** From the tracks of an OpenTimelineIO document to ours: times to frames, media to assets, effects to effects. */

/** What is the same for a whole document. */
export type Reading = {
  readonly frameRate: Rational;
  readonly origin: OtioOrigin | undefined;
  /** The asset of a media reference; undefined where its file was not found or it is of a kind that we do not know. */
  assetOf(media: OtioMedia): Asset | undefined;
  readonly dropped: Dropped;
  /** Ids that are taken, of each kind of thing. */
  readonly taken: Readonly<Record<'tracks' | 'clips' | 'transitions', Set<string>>>;
  /** Which clip of the origin each new one comes from. */
  readonly originOf: Map<Clip, Clip>;
};

/** How much slower or faster than its source a clip may play; as the timeline's rules say. */
const speedRange = { min: 0.01, max: 100 };

/** Reads one track. Undefined for a track that is neither picture nor sound. `endFrame` counts gaps after the last clip too. */
export function readTrack(
  source: OtioTrack,
  reading: Reading,
): { track: Track; transitions: Transition[]; endFrame: number } | undefined {
  const kind = { video: 'video', audio: 'audio' }[source.kind?.toLowerCase() ?? ''] as
    Track['kind'] | undefined;
  if (kind === undefined || !['Track', 'Sequence'].includes(schemaOf(source))) {
    reading.dropped.add('tracks', (count) => `${countOf(count, 'track')} that is neither picture nor sound`);
    return undefined;
  }
  const id = takeId(
    reading.taken.tracks,
    ownMetadata(source, idMetadataSchema)?.id ?? slug(source.name, kind === 'video' ? 'v' : 'a'),
  );
  const clips: Clip[] = [];
  const transitions: Transition[] = [];
  // Kept as a fraction of a frame: programs write times in a rate of their own, and rounding must not add up.
  let position = 0;
  let pending: OtioItem | undefined;
  const isHidden = source.enabled === false;
  if (isHidden) reading.dropped.add('hidden', (count) => `${countOf(count, 'track or clip')} switched off`);
  for (const item of source.children ?? []) {
    const schema = schemaOf(item);
    if (schema === 'Transition') {
      pending = item;
      continue;
    }
    const length = frames(lengthOf(item), reading.frameRate);
    const [startFrame, endFrame] = [Math.round(position), Math.round(position + length)];
    position += Math.max(0, length);
    const clip =
      isHidden || schema === 'Gap'
        ? undefined
        : readClip(item, { kind, startFrame, durationFrames: endFrame - startFrame }, reading);
    const previous = clips.at(-1);
    if (clip !== undefined) clips.push(clip);
    if (pending !== undefined) {
      const touches = previous !== undefined && previous.startFrame + previous.durationFrames === startFrame;
      const transition =
        touches && clip !== undefined ? readTransition(pending, id, previous, clip, reading) : undefined;
      if (transition === undefined) {
        reading.dropped.add(
          'fades',
          (count) => `${countOf(count, 'transition')} that is no dissolve between two clips`,
        );
      } else transitions.push(transition);
      pending = undefined;
    }
  }
  if (pending !== undefined) {
    reading.dropped.add(
      'fades',
      (count) => `${countOf(count, 'transition')} that is no dissolve between two clips`,
    );
  }
  return { track: { id, kind, clips }, transitions, endFrame: Math.round(position) };
}

/** A time in frames of a rate, not rounded. */
export function frames(time: OtioTime | undefined, rate: Rational): number {
  return time === undefined ? 0 : (time.value / time.rate) * rationalToNumber(rate);
}

/** How long an item lasts on its track. */
function lengthOf(item: OtioItem): OtioTime | undefined {
  return item.source_range?.duration ?? mediaOf(item)?.available_range?.duration;
}

/** The reference that is in use: newer documents hold several. */
export function mediaOf(item: OtioItem): OtioMedia | undefined {
  const key = item.active_media_reference_key ?? 'DEFAULT_MEDIA';
  return item.media_references?.[key] ?? item.media_reference ?? undefined;
}

function readClip(
  item: OtioItem,
  place: { kind: Track['kind']; startFrame: number; durationFrames: number },
  reading: Reading,
): Clip | undefined {
  const { dropped, frameRate } = reading;
  const leaveOut = (key: string, what: string) => {
    dropped.add(key, (count) => `${countOf(count, what)}: there is a gap in its place`);
    return undefined;
  };
  if (schemaOf(item) !== 'Clip') return leaveOut('nested', 'nested sequence or unknown item');
  if (item.enabled === false) {
    dropped.add('hidden', (count) => `${countOf(count, 'track or clip')} switched off`);
    return undefined;
  }
  if (place.durationFrames < 1) return leaveOut('short', 'clip shorter than a frame');
  const media = mediaOf(item);
  const asset = media === undefined ? undefined : reading.assetOf(media);
  if (asset === undefined) {
    return leaveOut(
      `media ${media?.target_url ?? ''}`,
      `clip whose media was not found (${describeMedia(media)})`,
    );
  }
  const hasIt =
    asset.kind !== 'file' ? place.kind === 'video' : place.kind === 'video' ? asset.hasVideo : asset.hasAudio;
  if (!hasIt) {
    return leaveOut(
      `kind ${asset.id} ${place.kind}`,
      `clip on ${place.kind === 'video' ? 'a video' : 'an audio'} track of media without it (${describeMedia(media)})`,
    );
  }
  const id = ownMetadata(item, idMetadataSchema)?.id;
  const before = id === undefined ? undefined : reading.origin?.clips.get(id)?.clip;
  const origin = before?.assetId === asset.id ? before : undefined;
  const speed = readSpeed(item, origin, reading);
  const mediaStart = frames(media?.available_range?.start_time, frameRate);
  const start =
    frames(item.source_range?.start_time, frameRate) - (item.source_range == null ? 0 : mediaStart);
  let sourceStartFrame = Math.max(0, Math.round(start));
  if (start < -0.5) {
    dropped.add(
      'before',
      (count) =>
        `what ${countOf(count, 'clip')} showed of the time before its media begins: it starts at the beginning`,
    );
    sourceStartFrame = 0;
  }
  let { durationFrames } = place;
  if (asset.kind === 'file') {
    const available = (asset.durationMs * frameRate.num) / (1000 * frameRate.den) + 1;
    const reach = Math.floor((available - sourceStartFrame) / rationalToNumber(speed));
    if (reach < 1) return leaveOut('after', 'clip that begins after the end of its media');
    if (reach < durationFrames) {
      dropped.add(
        'reach',
        (count) => `what ${countOf(count, 'clip')} showed of the time after its media ends`,
      );
      durationFrames = reach;
    }
  }
  const clip: Clip = {
    id: takeId(reading.taken.clips, id ?? slug(item.name, 'clip')),
    assetId: asset.id,
    startFrame: place.startFrame,
    durationFrames,
    sourceStartFrame,
    speed,
    effects: readEffects(item, place.kind, reading).map((effect) =>
      origin === undefined || effect.kind !== 'crop'
        ? effect
        : shiftCrop(
            effect,
            (sourceStartFrame - origin.sourceStartFrame) / rationalToNumber(speed),
            durationFrames,
          ),
    ),
  };
  if (origin !== undefined) reading.originOf.set(clip, origin);
  return clip;
}

function describeMedia(media: OtioMedia | undefined): string {
  const what = media?.target_url ?? media?.name ?? (media === undefined ? 'none is named' : schemaOf(media));
  return toOneLine(what).slice(0, 200);
}

function readSpeed(item: OtioItem, origin: Clip | undefined, { dropped }: Reading): Rational {
  const warps = (item.effects ?? []).filter(
    (effect) => effect.enabled !== false && typeof effect.time_scalar === 'number',
  );
  const warp = warps.length === 1 ? warps[0] : undefined;
  if (warps.length === 0) return { num: 1, den: 1 };
  const scalar = warp?.time_scalar ?? 0;
  if (scalar < speedRange.min || scalar > speedRange.max) {
    dropped.add(
      'speed',
      (count) =>
        `the speed of ${countOf(count, 'clip')}: still, backwards or out of range, it plays as it is`,
    );
    return { num: 1, den: 1 };
  }
  const own = warp === undefined ? undefined : ownMetadata(warp, speedMetadataSchema)?.speed;
  if (own !== undefined && Math.abs(rationalToNumber(own) - scalar) < 1e-9) return own;
  if (origin !== undefined && Math.abs(rationalToNumber(origin.speed) - scalar) < 1e-9) return origin.speed;
  return toRational(scalar);
}

function readEffects(item: OtioItem, kind: Track['kind'], { dropped }: Reading): Effect[] {
  const effects: Effect[] = [];
  for (const effect of item.effects ?? []) {
    if (effect.enabled === false || typeof effect.time_scalar === 'number') continue;
    const own = ownMetadata(effect, effectSchema);
    const fits = own !== undefined && (own.kind === 'gain' || own.kind === 'duck') === (kind === 'audio');
    if (fits && !effects.some((other) => other.kind === own.kind)) effects.push(own);
    else {
      const name = toOneLine(effect.effect_name ?? effect.name ?? schemaOf(effect)).slice(0, 80);
      dropped.add(`effect ${name}`, (count) => `the effect "${name}" of ${countOf(count, 'clip')}`);
    }
  }
  return effects;
}

/** A crop's keyframes count from the clip's start: when that was moved in the source, they move the other way. */
function shiftCrop(
  crop: Extract<Effect, { kind: 'crop' }>,
  headFrames: number,
  durationFrames: number,
): Effect {
  const head = Math.round(headFrames);
  const isInside = (frame: number) => frame >= 0 && frame < durationFrames;
  if (head === 0 && crop.keyframes.every((key) => isInside(key.frame))) return crop;
  const moved = crop.keyframes
    .map((key) => ({ ...key, frame: key.frame - head }))
    .filter((key) => isInside(key.frame));
  const ends = [0, durationFrames - 1].flatMap((frame) => {
    const key = cropAt(crop, frame + head);
    return key === undefined || moved.some((other) => other.frame === frame) ? [] : [{ ...key, frame }];
  });
  const keyframes = [...moved, ...ends].toSorted((a, b) => a.frame - b.frame);
  return { kind: 'crop', keyframes };
}

function readTransition(
  item: OtioItem,
  trackId: string,
  from: Clip,
  to: Clip,
  reading: Reading,
): Transition | undefined {
  if (item.transition_type !== 'SMPTE_Dissolve') return undefined;
  const inFrames = Math.round(frames(item.in_offset ?? undefined, reading.frameRate));
  const outFrames = Math.round(frames(item.out_offset ?? undefined, reading.frameRate));
  const durationFrames = inFrames + outFrames;
  if (durationFrames < 1 || inFrames < 0 || outFrames < 0) return undefined;
  if (Math.abs(inFrames - outFrames) > 1) {
    reading.dropped.add(
      'centre',
      (count) => `where ${countOf(count, 'dissolve')} lay about its cut: it is centred`,
    );
  }
  return {
    id: takeId(reading.taken.transitions, ownMetadata(item, idMetadataSchema)?.id ?? 'dissolve'),
    trackId,
    kind: 'dissolve',
    fromClipId: from.id,
    toClipId: to.id,
    durationFrames,
  };
}

/** An id for anything that is named: letters, digits, ".", "_" and "-". */
export function slug(name: string | null | undefined, otherwise: string): string {
  const kept = (name ?? '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/gu, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/gu, '')
    .slice(0, 50);
  return kept === '' ? otherwise : kept;
}

/** The id itself where it is free, else with a count: an editor that splits a clip leaves two of its name. */
export function takeId(taken: Set<string>, wanted: string): string {
  const base = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u.test(wanted) ? wanted : slug(wanted, 'x');
  let id = base;
  for (let count = 2; taken.has(id); count++) id = `${base.slice(0, 50)}-${count}`;
  taken.add(id);
  return id;
}
