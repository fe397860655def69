import { PatternPivotError } from '../../domain/errors.ts';
import { frameToMs, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, Cue, Effect, FontFile, Timeline, Track } from '../../domain/timeline.ts';
import { canonicalJson } from '../stage.ts';

/** One planned clip on its way into a longer one. */
export type TimelinePart = {
  readonly timeline: Timeline;
  /** What its sound is raised by, so that all parts are heard equally loud. In dB, kept within −60 and 30. */
  readonly gainDb: number;
  /** What the metadata say of it beside when it plays: its source, and why it is here. Plain JSON. */
  readonly about: Readonly<Record<string, unknown>>;
};

/** How far a gain may go in a timeline, in dB. */
const gainRangeDb = { min: -60, max: 30 };

/**
 * Puts planned clips one after the other into one timeline: files that are the same become one asset, the first track of each
 * part follows that of the one before it, and so on, captions move, and words keep their times in their sources.
 * `metadata.pivot.parts` says of each part when it plays and what it is. Pure.
 * @throws input.timelines_differ when the parts differ in frame rate, size or the style of captions; input.no_parts
 */
export function joinTimelines(
  parts: readonly TimelinePart[],
  options: { readonly name: string; readonly metadata?: Readonly<Record<string, unknown>> },
): Timeline {
  const first = parts[0]?.timeline;
  if (first === undefined) throw new PatternPivotError('input.no_parts', 'There is nothing to join.');
  for (const { timeline } of parts) assertAlike(first, timeline);
  const assets = createAssetList();
  const tracks = createTrackList();
  const fonts = new Map<string, FontFile>();
  const cues: Cue[] = [];
  const transitions: Timeline['transitions'] = [];
  const places: Record<string, unknown>[] = [];
  let atFrame = 0;
  for (const [index, { timeline, gainDb, about }] of parts.entries()) {
    const idOf = assets.add(timeline.assets);
    const clipIds = tracks.add(timeline.tracks, (clip, kind) =>
      placeClip(clip, { atFrame, gainDb: kind === 'audio' ? gainDb : 0, idOf }),
    );
    for (const transition of timeline.transitions) {
      const track = clipIds.get(transition.trackId);
      const [fromClipId, toClipId] = [transition.fromClipId, transition.toClipId].map((id) =>
        track?.clips.get(id),
      );
      if (track === undefined || fromClipId === undefined || toClipId === undefined) continue;
      transitions.push({
        ...transition,
        id: `t${transitions.length + 1}`,
        trackId: track.id,
        fromClipId,
        toClipId,
      });
    }
    for (const font of timeline.fonts ?? []) fonts.set(font.id, font);
    const endFrame = atFrame + timeline.durationFrames;
    cues.push(...moveCues(timeline.captions.cues, { atFrame, endFrame, rate: first.frameRate, idOf }));
    places.push({ index, startFrame: atFrame, endFrame, gainDb, ...about });
    atFrame = endFrame;
  }
  return {
    version: 1,
    name: options.name.slice(0, 500),
    frameRate: first.frameRate,
    width: first.width,
    height: first.height,
    durationFrames: atFrame,
    loudness: first.loudness,
    assets: assets.list(),
    ...(fonts.size === 0 ? {} : { fonts: [...fonts.values()] }),
    tracks: tracks.list(),
    transitions,
    captions: { ...first.captions, cues },
    metadata: { pivot: { ...options.metadata, parts: places } },
  };
}

function assertAlike(one: Timeline, other: Timeline): void {
  const look = ({ frameRate, width, height, captions }: Timeline) =>
    canonicalJson({ frameRate, width, height, style: captions.style, look: captions.look });
  if (look(one) === look(other)) return;
  throw new PatternPivotError(
    'input.timelines_differ',
    `"${other.name}" has another frame rate, size or caption style than "${one.name}", so they cannot be one film.`,
    { hint: 'Plan all parts with the same options and the same frame rate.' },
  );
}

/** What an asset is, whatever it is called: a file by its content and the streams that are used of it. */
function identityOf(asset: Asset): string {
  const { id: _, ...what } = asset;
  return canonicalJson('path' in what ? { ...what, path: '' } : what);
}

function createAssetList() {
  const idByIdentity = new Map<string, string>();
  const assets: Asset[] = [];
  const put = (asset: Asset, letter: string): string => {
    const identity = identityOf(asset);
    const known = idByIdentity.get(identity);
    if (known !== undefined) return known;
    const id = `${letter}${assets.length + 1}`;
    idByIdentity.set(identity, id);
    assets.push({ ...asset, id });
    return id;
  };
  return {
    list: () => assets,
    /** Adds the assets of a part. @returns their new ids by the old ones */
    add(added: readonly Asset[]): ReadonlyMap<string, string> {
      const idOf = new Map<string, string>();
      for (const asset of added) {
        if (asset.kind !== 'waveform') idOf.set(asset.id, put(asset, asset.kind === 'file' ? 's' : 'x'));
      }
      // Drawn sound refers to a file, which has its new id by now.
      for (const asset of added) {
        if (asset.kind !== 'waveform') continue;
        idOf.set(asset.id, put({ ...asset, assetId: idOf.get(asset.assetId) ?? asset.assetId }, 'x'));
      }
      return idOf;
    },
  };
}

type NewIds = { readonly id: string; readonly clips: ReadonlyMap<string, string> };

function createTrackList() {
  const tracks: { id: string; kind: Track['kind']; clips: Clip[] }[] = [];
  return {
    /** Those with pictures first, bottom first; then those with sound. */
    list: (): Track[] => [
      ...tracks.filter(({ kind }) => kind === 'video'),
      ...tracks.filter(({ kind }) => kind === 'audio'),
    ],
    /** Adds the tracks of a part, the nth of a kind to the nth. @returns new ids by the old tracks' ids */
    add(
      added: readonly Track[],
      place: (clip: Clip, kind: Track['kind']) => Clip,
    ): ReadonlyMap<string, NewIds> {
      const newIds = new Map<string, NewIds>();
      for (const kind of ['video', 'audio'] as const) {
        for (const [number, own] of added.filter((track) => track.kind === kind).entries()) {
          const id = `${kind === 'video' ? 'v' : 'a'}${number + 1}`;
          let track = tracks.find((candidate) => candidate.id === id);
          if (track === undefined) tracks.push((track = { id, kind, clips: [] }));
          const clips = new Map<string, string>();
          for (const clip of own.clips) {
            const clipId = `${id}-${track.clips.length + 1}`;
            clips.set(clip.id, clipId);
            track.clips.push({ ...place(clip, kind), id: clipId });
          }
          newIds.set(own.id, { id, clips });
        }
      }
      return newIds;
    },
  };
}

type Place = {
  readonly atFrame: number;
  readonly gainDb: number;
  readonly idOf: ReadonlyMap<string, string>;
};

function placeClip(clip: Clip, { atFrame, gainDb, idOf }: Place): Clip {
  return {
    ...clip,
    assetId: idOf.get(clip.assetId) ?? clip.assetId,
    startFrame: clip.startFrame + atFrame,
    effects: gainDb === 0 ? clip.effects : raise(clip.effects, gainDb),
  };
}

/** A clip has one gain: what its own plan wants and what the join wants come together. */
function raise(effects: readonly Effect[], gainDb: number): Effect[] {
  const own = effects.find((effect) => effect.kind === 'gain')?.gainDb ?? 0;
  const sum = Math.round((own + gainDb) * 100) / 100;
  const bounded = Math.max(gainRangeDb.min, Math.min(gainRangeDb.max, sum));
  return [...effects.filter((effect) => effect.kind !== 'gain'), { kind: 'gain', gainDb: bounded }];
}

type CuePlace = {
  readonly atFrame: number;
  readonly endFrame: number;
  readonly rate: Rational;
  readonly idOf: ReadonlyMap<string, string>;
};

/** Cues in the joined timeline's ms, none outside its own part: a frame need not begin on a whole millisecond. */
function moveCues(cues: readonly Cue[], { atFrame, endFrame, rate, idOf }: CuePlace): Cue[] {
  const startMs = frameToMs(atFrame, rate);
  const endMs = Math.floor((endFrame * 1000 * rate.den) / rate.num);
  const move = (ms: number) => Math.min(endMs, ms + startMs);
  return cues
    .map((cue) =>
      Object.assign({}, cue, {
        startMs: move(cue.startMs),
        endMs: move(cue.endMs),
        words: cue.words.map((word) =>
          Object.assign({}, word, {
            startMs: move(word.startMs),
            endMs: move(word.endMs),
            assetId: idOf.get(word.assetId) ?? word.assetId,
          }),
        ),
      }),
    )
    .filter((cue) => cue.endMs > cue.startMs);
}
