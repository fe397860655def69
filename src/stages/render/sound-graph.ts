import { mainAudio, type AudioStream, type MediaInfo } from '../../domain/media.ts';
import { frameToSeconds } from '../../domain/time.ts';
import type { Asset, FileAsset, Timeline, Track } from '../../domain/timeline.ts';
import type { GraphInput } from '../../media/render-graph.ts';
import type { FoundAsset, GraphPart } from './picture-graph.ts';
import { listSegments, type Segment } from './segments.ts';

/** The sound half of a timeline's filter graph: conform, gain, cross-fade at cuts, mix tracks. */

/** Of everything that is rendered, in hertz. */
export const renderSampleRateHz = 48_000;

/** Half of the 10 ms over which sound fades across a cut, in samples. */
const halfFadeSamples = (renderSampleRateHz * 5) / 1000;

/** The end of the sound at the end of the timeline, or where it borders on silence, fades over this, in seconds. */
const edgeFadeSeconds = 0.01;

/** Joining gives another time base: samples are counted afresh. */
const timeInSamples = `asettb=1/${renderSampleRateHz},asetpts=N`;

type ClipSegment = Extract<Segment, { kind: 'clip' }>;
type Scene = {
  readonly timeline: Timeline;
  readonly assets: ReadonlyMap<string, FoundAsset>;
  readonly inputs: GraphInput[];
  readonly lines: string[];
};

/** What is done to the mix: level it and keep its peaks down. Undefined: the mix as it is. */
export type Levelling = {
  readonly gainDb: number;
  /** Ceiling of a limiter, in dB relative to full scale; undefined: no limiter. */
  readonly limitDb: number | undefined;
};

/** The first sample of a frame of the timeline. */
function frameToSample(frame: number, timeline: Timeline): number {
  const { num, den } = timeline.frameRate;
  return Math.round((frame * den * renderSampleRateHz) / num);
}

/** Whether there is anything to hear. */
export function hasSound(timeline: Timeline): boolean {
  return timeline.tracks.some((track) => track.kind === 'audio' && track.clips.length > 0);
}

/** The filter text that makes the sound, ending in `[sound]`: stereo, 48 kHz, exactly as long as the timeline. */
export function soundGraph(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  levelling: Levelling | undefined,
): GraphPart {
  const scene: Scene = { timeline, assets, inputs: [], lines: [] };
  const tracks = timeline.tracks.filter((track) => track.kind === 'audio' && track.clips.length > 0);
  const joined = tracks.map((track, index) => joinTrack(scene, track, index));
  const totalSamples = frameToSample(timeline.durationFrames, timeline);
  let mixed = joined[0];
  if (mixed === undefined) mixed = addSilence(scene, totalSamples, 'silence');
  if (joined.length > 1) {
    scene.lines.push(
      `${joined.map((label) => `[${label}]`).join('')}amix=inputs=${joined.length}:normalize=0:duration=longest[mix]`,
    );
    mixed = 'mix';
  }
  const filters = [
    ...levellingFilters(levelling),
    `apad=whole_len=${totalSamples}`,
    `atrim=end_sample=${totalSamples}`,
    timeInSamples,
  ];
  scene.lines.push(`[${mixed}]${filters.join(',')}[sound]`);
  return { inputs: scene.inputs, lines: scene.lines };
}

/** Peaks between samples count, so the limiter works at four times the rate (ITU-R BS.1770-5, annex 2). */
function levellingFilters(levelling: Levelling | undefined): string[] {
  if (levelling === undefined) return [];
  const gain = levelling.gainDb === 0 ? [] : [`volume=${levelling.gainDb.toFixed(3)}dB:precision=float`];
  if (levelling.limitDb === undefined) return gain;
  const limit = 10 ** (levelling.limitDb / 20);
  return [
    ...gain,
    `aresample=${renderSampleRateHz * 4}`,
    `alimiter=limit=${limit.toFixed(6)}:attack=5:release=50:level=0:latency=1`,
    `aresample=${renderSampleRateHz}`,
    'aformat=sample_fmts=fltp',
  ];
}

function joinTrack(scene: Scene, track: Track, trackIndex: number): string {
  let startFrame = 0;
  let result: string | undefined;
  for (const [index, segment] of listSegments(scene.timeline, track).entries()) {
    const name = `a${trackIndex}s${index}`;
    const endFrame =
      startFrame + (segment.kind === 'gap' ? segment.durationFrames : segment.clip.durationFrames);
    const samples = frameToSample(endFrame, scene.timeline) - frameToSample(startFrame, scene.timeline);
    const overlap =
      segment.kind === 'clip' && segment.touchesPrevious ? overlapInto(scene.timeline, segment) : 0;
    const label =
      segment.kind === 'gap'
        ? addSilence(scene, samples, name)
        : addClip(scene, segment, { startFrame, samples, name });
    startFrame = endFrame;
    if (result === undefined) {
      result = label;
      continue;
    }
    const joined = `a${trackIndex}j${index}`;
    scene.lines.push(
      overlap > 0
        ? `[${result}][${label}]acrossfade=ns=${overlap}:c1=tri:c2=tri[${joined}]`
        : `[${result}][${label}]concat=n=2:v=0:a=1[${joined}]`,
    );
    result = joined;
  }
  return (
    result ??
    addSilence(scene, frameToSample(scene.timeline.durationFrames, scene.timeline), `a${trackIndex}`)
  );
}

/** How far a clip overlaps the one before it, in samples: its transition, else 10 ms. */
function overlapInto(timeline: Timeline, segment: ClipSegment): number {
  const transition = timeline.transitions.find(({ toClipId }) => toClipId === segment.clip.id);
  return transition === undefined ? 2 * halfFadeSamples : frameToSample(transition.durationFrames, timeline);
}

/** What a clip lends to the cut on one side, in samples. */
function lentSamples(timeline: Timeline, segment: ClipSegment, side: 'head' | 'tail'): number {
  const touches = side === 'head' ? segment.touchesPrevious : segment.touchesNext;
  if (!touches) return 0;
  const transition = timeline.transitions.find(({ fromClipId, toClipId }) =>
    side === 'head' ? toClipId === segment.clip.id : fromClipId === segment.clip.id,
  );
  if (transition === undefined) return halfFadeSamples;
  const whole = frameToSample(transition.durationFrames, timeline);
  const head = frameToSample(Math.floor(transition.durationFrames / 2), timeline);
  return side === 'head' ? head : whole - head;
}

function addSilence(scene: Scene, samples: number, label: string): string {
  scene.lines.push(
    `anullsrc=r=${renderSampleRateHz}:cl=stereo,atrim=end_sample=${samples},aformat=sample_fmts=fltp,${timeInSamples}[${label}]`,
  );
  return label;
}

function addClip(
  scene: Scene,
  segment: ClipSegment,
  place: { startFrame: number; samples: number; name: string },
): string {
  const { timeline } = scene;
  const { clip } = segment;
  const head = lentSamples(timeline, segment, 'head');
  const tail = lentSamples(timeline, segment, 'tail');
  const samples = head + place.samples + tail;
  const asset = timeline.assets.find(({ id }) => id === clip.assetId);
  const found = scene.assets.get(clip.assetId);
  const audio = asset === undefined || found === undefined ? undefined : chooseAudio(asset, found.info);
  if (found === undefined || audio === undefined) return addSilence(scene, samples, place.name);
  const speed = clip.speed.num / clip.speed.den;
  const wantedSeconds =
    frameToSeconds(clip.sourceStartFrame, timeline.frameRate) - (head / renderSampleRateHz) * speed;
  const fromSeconds = Math.max(0, wantedSeconds);
  const missingSamples = Math.round(((fromSeconds - wantedSeconds) / speed) * renderSampleRateHz);
  scene.inputs.push({
    path: found.path,
    fromSeconds,
    toSeconds: wantedSeconds + (samples / renderSampleRateHz) * speed,
    neededAtSeconds: Math.max(
      0,
      frameToSeconds(place.startFrame, timeline.frameRate) - head / renderSampleRateHz,
    ),
    speed,
    streams: [{ index: audio.index, label: `${place.name}in` }],
  });
  const gain = clip.effects.find((effect) => effect.kind === 'gain');
  const fadeOutAt = (samples / renderSampleRateHz - edgeFadeSeconds).toFixed(6);
  const filters = [
    // Gaps become silence, and the first sample lies at 0.
    `aresample=${renderSampleRateHz}:async=1:min_hard_comp=0.02:first_pts=0`,
    'aformat=sample_fmts=fltp:channel_layouts=stereo',
    ...tempoFilters(speed),
    ...(gain === undefined || gain.gainDb === 0 ? [] : [`volume=${gain.gainDb}dB:precision=float`]),
    ...(missingSamples > 0 ? [`adelay=delays=${missingSamples}S:all=1`] : []),
    `apad=whole_len=${samples}`,
    `atrim=end_sample=${samples}`,
    ...(segment.touchesPrevious ? [] : [`afade=t=in:d=${edgeFadeSeconds}`]),
    ...(segment.touchesNext ? [] : [`afade=t=out:st=${fadeOutAt}:d=${edgeFadeSeconds}`]),
    timeInSamples,
  ];
  scene.lines.push(`[${place.name}in]${filters.join(',')}[${place.name}]`);
  return place.name;
}

/** Changes the speed and keeps the pitch; one `atempo` takes 0.5 to 100. */
export function tempoFilters(speed: number): string[] {
  const filters: string[] = [];
  let rest = speed;
  while (rest < 0.5) {
    filters.push('atempo=0.5');
    rest /= 0.5;
  }
  if (Math.abs(rest - 1) > 1e-9) filters.push(`atempo=${rest.toFixed(6)}`);
  return filters;
}

/** The stream of an asset that is heard: the one it names, else the main one. */
export function chooseAudio(asset: Asset, info: MediaInfo): AudioStream | undefined {
  const wanted = (asset as Partial<FileAsset>).audioStreamIndex;
  return wanted === undefined ? mainAudio(info) : info.audio.find(({ index }) => index === wanted);
}
