import { mainAudio, type AudioStream, type MediaInfo } from '../../domain/media.ts';
import { duckLine, spokenRanges } from '../../domain/ducking.ts';
import { frameToSeconds } from '../../domain/time.ts';
import type { Asset, Clip, FileAsset, Timeline, Track } from '../../domain/timeline.ts';
import { soundSampleRateHz, type SoundInput, type SoundPiece } from '../../media/render-graph.ts';
import type { LineGain } from '../../media/sound-line.ts';
import type { FoundAsset, GraphPart } from './graph-part.ts';
import { listSegments, type Segment } from './segments.ts';

/** The sound half of a timeline's filter graph: pieces with their fades and gains on a line each track, mixed and levelled. */

/** Half of the 10 ms over which sound fades across a cut, in samples. */
const halfFadeSamples = (soundSampleRateHz * 5) / 1000;

type ClipSegment = Extract<Segment, { kind: 'clip' }>;

/** What is done to the mix: level it and keep its peaks down. Undefined: the mix as it is. */
export type Levelling = {
  readonly gainDb: number;
  /** Ceiling of a limiter, in dB relative to full scale; undefined: no limiter. */
  readonly limitDb: number | undefined;
};

/** The first sample of a frame of the timeline. */
export function frameToSample(frame: number, timeline: Timeline): number {
  const { num, den } = timeline.frameRate;
  return Math.round((frame * den * soundSampleRateHz) / num);
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
  const samples = frameToSample(timeline.durationFrames, timeline);
  const inputs = timeline.tracks
    .filter((track) => track.kind === 'audio')
    .map((track) => soundPieces(timeline, track, assets))
    .filter((pieces) => pieces.length > 0)
    .map((pieces, index): SoundInput => ({
      kind: 'sound',
      label: `a${index}`,
      samples,
      aheadSeconds: 0,
      neededAtSeconds: 0,
      pieces,
    }));
  const mix =
    inputs.length === 0
      ? `anullsrc=r=${soundSampleRateHz}:cl=stereo,aformat=sample_fmts=fltp`
      : inputs.map(({ label }) => `[${label}]`).join('') +
        (inputs.length === 1
          ? 'aformat=sample_fmts=fltp:channel_layouts=stereo'
          : `amix=inputs=${inputs.length}:normalize=0:duration=longest`);
  const filters = [
    mix,
    ...levellingFilters(levelling),
    `apad=whole_len=${samples}`,
    `atrim=end_sample=${samples}`,
    `asettb=1/${soundSampleRateHz}`,
    'asetpts=N',
  ];
  return { inputs, lines: [`${filters.join(',')}[sound]`] };
}

/** Peaks between samples count, so the limiter works at four times the rate (ITU-R BS.1770-5, annex 2). */
export function levellingFilters(levelling: Levelling | undefined): string[] {
  if (levelling === undefined) return [];
  const gain = levelling.gainDb === 0 ? [] : [`volume=${levelling.gainDb.toFixed(3)}dB:precision=float`];
  if (levelling.limitDb === undefined) return gain;
  const limit = 10 ** (levelling.limitDb / 20);
  return [
    ...gain,
    `aresample=${soundSampleRateHz * 4}`,
    `alimiter=limit=${limit.toFixed(6)}:attack=5:release=50:level=0:latency=1`,
    `aresample=${soundSampleRateHz}`,
    'aformat=sample_fmts=fltp',
  ];
}

/**
 * What sounds on a track. Neighbours fade into each other over 10 ms around their cut, so that nothing clicks; clips that go
 * on in their source where the one before stopped are one piece; a border on silence fades over 10 ms too.
 */
function soundPieces(
  timeline: Timeline,
  track: Track,
  assets: ReadonlyMap<string, FoundAsset>,
): SoundPiece[] {
  const pieces: SoundPiece[] = [];
  let before: { clip: Clip; piece: SoundPiece } | undefined;
  for (const segment of listSegments(timeline, track)) {
    if (segment.kind === 'gap') continue;
    const piece = soundPiece(timeline, segment, assets);
    if (piece === undefined) continue;
    const isTransition = timeline.transitions.some(({ toClipId }) => toClipId === segment.clip.id);
    if (before !== undefined && !isTransition && goesOn(before.clip, segment.clip)) {
      const joined = {
        ...before.piece,
        samples: piece.startSample + piece.samples - before.piece.startSample,
        fadeOutSamples: piece.fadeOutSamples,
      };
      pieces.splice(-1, 1, joined);
      before = { clip: segment.clip, piece: joined };
    } else {
      pieces.push(piece);
      before = { clip: segment.clip, piece };
    }
  }
  return pieces;
}

/** Whether a clip plays on without a jump from the one before it, in the timeline and in its source. */
export function goesOn(before: Clip, after: Clip): boolean {
  const { num, den } = before.speed;
  return (
    before.assetId === after.assetId &&
    before.startFrame + before.durationFrames === after.startFrame &&
    num * after.speed.den === den * after.speed.num &&
    (after.sourceStartFrame - before.sourceStartFrame) * den === before.durationFrames * num &&
    gainOf(before) === gainOf(after) &&
    JSON.stringify(duckOf(before)) === JSON.stringify(duckOf(after))
  );
}

function duckOf(clip: Clip) {
  return clip.effects.find((effect) => effect.kind === 'duck');
}

function duckGains(timeline: Timeline, clip: Clip): readonly LineGain[] | undefined {
  const duck = duckOf(clip);
  if (duck === undefined) return undefined;
  return duckLine(spokenRanges(timeline, duck.under), duck).map(({ atMs, gainDb }) => ({
    atSample: Math.round((atMs * soundSampleRateHz) / 1000),
    gainDb,
  }));
}

function gainOf(clip: Clip): number {
  return clip.effects.find((effect) => effect.kind === 'gain')?.gainDb ?? 0;
}

function soundPiece(
  timeline: Timeline,
  segment: ClipSegment,
  assets: ReadonlyMap<string, FoundAsset>,
): SoundPiece | undefined {
  const { clip } = segment;
  const asset = timeline.assets.find(({ id }) => id === clip.assetId);
  const found = assets.get(clip.assetId);
  const audio = asset === undefined || found === undefined ? undefined : chooseAudio(asset, found.info);
  if (found === undefined || audio === undefined) return undefined;
  const head = lentSamples(timeline, segment, 'head');
  const tail = lentSamples(timeline, segment, 'tail');
  const gains = duckGains(timeline, clip);
  const speed = clip.speed.num / clip.speed.den;
  const startSample = frameToSample(clip.startFrame, timeline);
  const endSample = frameToSample(clip.startFrame + clip.durationFrames, timeline);
  const wantedSeconds =
    frameToSeconds(clip.sourceStartFrame, timeline.frameRate) - (head / soundSampleRateHz) * speed;
  const fromSeconds = Math.max(0, wantedSeconds);
  // A file has nothing before its start to lend.
  const missing = Math.round(((fromSeconds - wantedSeconds) / speed) * soundSampleRateHz);
  const fade = (side: 'head' | 'tail', touches: boolean) =>
    touches
      ? (transitionSamples(timeline, clip, side) ?? 2 * halfFadeSamples) - (side === 'head' ? missing : 0)
      : 2 * halfFadeSamples;
  return {
    path: found.path,
    streamIndex: audio.index,
    fromSeconds,
    speed,
    startSample: startSample - head + missing,
    samples: endSample - startSample + head + tail - missing,
    fadeInSamples: fade('head', segment.touchesPrevious),
    fadeOutSamples: fade('tail', segment.touchesNext),
    gainDb: gainOf(clip),
    ...(gains === undefined ? {} : { gains }),
  };
}

function transitionAt(timeline: Timeline, clip: Clip, side: 'head' | 'tail') {
  return timeline.transitions.find(({ fromClipId, toClipId }) =>
    side === 'head' ? toClipId === clip.id : fromClipId === clip.id,
  );
}

function transitionSamples(timeline: Timeline, clip: Clip, side: 'head' | 'tail'): number | undefined {
  const transition = transitionAt(timeline, clip, side);
  return transition === undefined ? undefined : frameToSample(transition.durationFrames, timeline);
}

/** What a clip lends to the cut on one side, in samples. */
function lentSamples(timeline: Timeline, segment: ClipSegment, side: 'head' | 'tail'): number {
  const touches = side === 'head' ? segment.touchesPrevious : segment.touchesNext;
  if (!touches) return 0;
  const transition = transitionAt(timeline, segment.clip, side);
  if (transition === undefined) return halfFadeSamples;
  const whole = frameToSample(transition.durationFrames, timeline);
  const head = frameToSample(Math.floor(transition.durationFrames / 2), timeline);
  return side === 'head' ? head : whole - head;
}

/** The stream of an asset that is heard: the one it names, else the main one. */
export function chooseAudio(asset: Asset, info: MediaInfo): AudioStream | undefined {
  const wanted = (asset as Partial<FileAsset>).audioStreamIndex;
  return wanted === undefined ? mainAudio(info) : info.audio.find(({ index }) => index === wanted);
}
