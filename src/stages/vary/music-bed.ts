import type { Clip, Effect, FileAsset, Timeline } from '../../domain/timeline.ts';
import { isBed } from './play-ranges.ts';

/** Music below a clip: taken away, or laid under the voice. Pure. */

/** Music that a variation may get. */
export type Bed = { readonly asset: FileAsset; readonly gainDb: number };

/** How much softer music gets while somebody speaks, in dB, and how smoothly, in ms. */
const ducking = { depthDb: 10, attackMs: 250, releaseMs: 600 };

/** The name of the track and the asset of music that is added. */
const bedId = 'variation-music';

/** A timeline without its music; assets that nothing else uses go too. */
export function withoutBeds(timeline: Timeline): Timeline {
  const tracks = timeline.tracks.filter((track) => !isBed(timeline, track));
  const gone = new Set(
    timeline.tracks
      .filter((track) => !tracks.includes(track))
      .flatMap(({ clips }) => clips.map(({ assetId }) => assetId)),
  );
  for (const track of tracks) for (const clip of track.clips) gone.delete(clip.assetId);
  return { ...timeline, tracks, assets: timeline.assets.filter(({ id }) => !gone.has(id)) };
}

/** Lays music under a clip so that both end together; it makes way for what is said on the first track of sound. */
export function addBed(timeline: Timeline, { asset, gainDb }: Bed): Timeline {
  const voice = timeline.tracks.find(({ kind, clips }) => kind === 'audio' && clips.length > 0);
  const { num, den } = timeline.frameRate;
  const available = Math.floor((asset.durationMs * num) / (1000 * den));
  const frames = Math.min(available, timeline.durationFrames);
  if (frames < 1) return timeline;
  const effects: Effect[] = [
    { kind: 'gain', gainDb },
    ...(voice === undefined ? [] : [{ kind: 'duck' as const, under: voice.id, ...ducking }]),
  ];
  const clip: Clip = {
    id: bedId,
    assetId: bedId,
    startFrame: timeline.durationFrames - frames,
    durationFrames: frames,
    sourceStartFrame: available - frames,
    speed: { num: 1, den: 1 },
    effects,
  };
  return {
    ...timeline,
    assets: [...timeline.assets, { ...asset, id: bedId }],
    tracks: [...timeline.tracks, { id: bedId, kind: 'audio', clips: [clip] }],
  };
}
