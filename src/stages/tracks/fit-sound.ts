import type { RenderGraph, SoundPiece } from '../../media/render-graph.ts';
import { soundSampleRateHz } from '../../media/render-graph.ts';
import { runRender, type RenderOptions } from '../../media/run-render.ts';

/** A sound and how long it is wanted. */
export type FitRequest = {
  readonly path: string;
  readonly streamIndex: number;
  readonly durationMs: number;
  readonly wantedMs: number;
  /** Gets a WAV, 16 bit, stereo, 48 kHz. */
  readonly to: string;
};

/** How long the end of a sound that is heard again fades into its beginning, in ms; at most this share of it. */
const crossFadeMs = 2000;
const mostOfSound = 0.25;

/** How long a sound that is cut off fades out, in ms; at most this share of what is heard. */
const fadeOutMs = 1500;
const mostOfHeard = 0.25;

/**
 * Brings a sound to a length: cut off with a fade, or again and again, its end fading into its beginning.
 * @throws tool.render_failed, tool.disk_full
 */
export async function fitSound(request: FitRequest, options: RenderOptions): Promise<void> {
  await runRender(fitGraph(request), options);
}

function fitGraph(request: FitRequest): RenderGraph {
  const samples = toSamples(request.wantedMs);
  return {
    inputs: [
      {
        kind: 'sound',
        label: 'in',
        samples,
        aheadSeconds: 0,
        neededAtSeconds: 0,
        pieces: fitPieces(request),
      },
    ],
    filters: '[in]aformat=sample_fmts=s16:channel_layouts=stereo[out]',
    outputs: [
      {
        kind: 'file',
        path: request.to,
        format: 'wav',
        formatOptions: { fflags: 'bitexact', rf64: 'auto' },
        streams: [{ kind: 'audio', label: 'out', encoder: 'pcm_s16le', options: {} }],
      },
    ],
    durationSeconds: request.wantedMs / 1000,
    files: [],
  };
}

/** The pieces that a sound is heard in. */
export function fitPieces({ path, streamIndex, durationMs, wantedMs }: FitRequest): SoundPiece[] {
  const source = toSamples(durationMs);
  const wanted = toSamples(wantedMs);
  const cross = Math.min(toSamples(crossFadeMs), Math.floor(source * mostOfSound));
  const isCut = wanted % Math.max(1, source) !== 0;
  const out = isCut ? Math.min(toSamples(fadeOutMs), Math.floor(wanted * mostOfHeard)) : 0;
  const pieces: SoundPiece[] = [];
  for (let startSample = 0; startSample < wanted; startSample += Math.max(1, source - cross)) {
    const samples = Math.min(source, wanted - startSample);
    const isLast = startSample + samples >= wanted;
    pieces.push({
      path,
      streamIndex,
      fromSeconds: 0,
      speed: 1,
      startSample,
      samples,
      fadeInSamples: Math.min(pieces.length === 0 ? 0 : cross, samples),
      fadeOutSamples: Math.min(isLast ? out : cross, samples),
      gainDb: 0,
    });
    if (isLast) break;
  }
  return pieces;
}

function toSamples(ms: number): number {
  return Math.round((ms * soundSampleRateHz) / 1000);
}
