import { join } from 'node:path';
import type { Loudness } from '../../domain/sound.ts';
import { tempoFilters } from '../../media/feed-sound.ts';
import { masterSound } from '../../media/master-sound.ts';
import {
  soundSampleRateHz,
  type EncodedStream,
  type FileOutput,
  type RenderGraph,
  type SoundInput,
} from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { MixPiece, MixPlan } from './plan-mix.ts';

/** What platforms play at, and what nothing goes over. */
export const trackLevels = { integratedLufs: -14, truePeakDbtp: -1 } as const;

/** Every piece is brought to this before the layers are weighed against each other, in LUFS; by no more than so many dB. */
const pieceLufs = -18;
const mostGainDb = 20;

/** Softer than this there is nothing to make louder, in LUFS. */
const silentLufs = -60;

/**
 * Plays a plan: its pieces are cut out of their recordings, brought to tempo and key and to one loudness, laid over each other and mastered.
 * `wavPaths`: the recordings as WAV, 48 kHz stereo, in the plan's order. @throws tool.render_failed, tool.disk_full, input.*
 */
export async function mixSound(
  plan: MixPlan,
  wavPaths: readonly string[],
  to: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (doneShare: number) => void },
): Promise<void> {
  await withTemporaryFolder('mix', async (folder) => {
    const paths = plan.pieces.map((_, index) => join(folder, `${index}.wav`));
    const { loudness } = await runRender(cutGraph(plan.pieces, wavPaths, paths), { signal });
    onProgress(0.4);
    const gains = plan.pieces.map(({ gainDb }, index) => {
      const lufs = loudness[`p${index}`]?.integratedLufs ?? silentLufs;
      if (lufs <= silentLufs) return gainDb;
      return gainDb + Math.max(-mostGainDb, Math.min(mostGainDb, pieceLufs - lufs));
    });
    const mixed = join(folder, 'mixed.wav');
    await runRender(layGraph(plan, paths, gains, mixed), { signal });
    onProgress(0.6);
    await masterTrack(
      { from: mixed, to, durationMs: plan.durationMs },
      { signal, onProgress: (share) => onProgress(0.6 + 0.4 * share) },
    );
  });
}

/** Brings a track to where platforms play it. @returns how loud it is then @throws tool.render_failed, tool.disk_full */
export function masterTrack(
  request: { readonly from: string; readonly to: string; readonly durationMs: number },
  options: { readonly signal: AbortSignal; readonly onProgress: (doneShare: number) => void },
): Promise<Loudness> {
  return masterSound({ ...request, ...trackLevels }, options);
}

const floatWav = (path: string, label: string): FileOutput => {
  const stream: EncodedStream = { kind: 'audio', label, encoder: 'pcm_f32le', options: {} };
  return { kind: 'file', path, format: 'wav', formatOptions: {}, streams: [stream] };
};

/** Each piece into a file of its own: played as fast and as high as the mix wants it, exactly as long, and measured. */
function cutGraph(
  pieces: readonly MixPiece[],
  wavPaths: readonly string[],
  paths: readonly string[],
): RenderGraph {
  const lines = pieces.map(({ sourceMs, samples, speed, semitones }, index) => {
    const pitch = 2 ** (semitones / 12);
    const filters = [
      `atrim=start=0:end=${(sourceMs / 1000).toFixed(6)}`,
      'asetpts=PTS-STARTPTS',
      // Played faster it is higher, too; the tempo is put right after.
      ...(semitones === 0
        ? []
        : [`asetrate=${Math.round(soundSampleRateHz * pitch)}`, `aresample=${soundSampleRateHz}`]),
      ...tempoFilters(speed / pitch),
      'aformat=sample_fmts=flt:channel_layouts=stereo',
      `apad=whole_len=${samples}`,
      `atrim=end_sample=${samples}`,
      'asetpts=N',
      `ebur128@p${index}=framelog=quiet`,
      'aformat=sample_fmts=flt:channel_layouts=stereo',
    ];
    return `[i${index}]${filters.join(',')}[o${index}]`;
  });
  return {
    inputs: pieces.map(({ source, fromMs, sourceMs, startSample }, index) => ({
      path: wavPaths[source]!,
      fromSeconds: fromMs / 1000,
      toSeconds: (fromMs + sourceMs) / 1000 + 0.5,
      neededAtSeconds: startSample / soundSampleRateHz,
      speed: 1,
      streams: [{ index: 0, label: `i${index}` }],
    })),
    filters: lines.join(';\n'),
    outputs: paths.map((path, index) => floatWav(path, `o${index}`)),
    durationSeconds:
      Math.max(...pieces.map(({ startSample, samples }) => startSample + samples)) / soundSampleRateHz,
    files: [],
  };
}

/** The pieces on a line each layer, both added up, and glued by a gentle compressor. */
function layGraph(
  plan: MixPlan,
  paths: readonly string[],
  gains: readonly number[],
  to: string,
): RenderGraph {
  const samples = Math.round((plan.durationMs * soundSampleRateHz) / 1000);
  const lines = (['lead', 'bed'] as const).flatMap((layer): SoundInput[] => {
    const pieces = plan.pieces.flatMap((piece, index) =>
      piece.layer !== layer
        ? []
        : [
            {
              path: paths[index]!,
              streamIndex: 0,
              fromSeconds: 0,
              speed: 1,
              startSample: piece.startSample,
              samples: piece.samples,
              fadeInSamples: piece.fadeInSamples,
              fadeOutSamples: piece.fadeOutSamples,
              gainDb: gains[index]!,
            },
          ],
    );
    const about = { kind: 'sound', label: layer, samples, aheadSeconds: 0, neededAtSeconds: 0 } as const;
    return pieces.length === 0 ? [] : [{ ...about, pieces }];
  });
  const mix =
    lines.length === 1
      ? `[${lines[0]!.label}]`
      : `${lines.map(({ label }) => `[${label}]`).join('')}amix=inputs=${lines.length}:normalize=0:duration=longest,`;
  return {
    inputs: lines,
    filters: `${mix}acompressor=threshold=-16dB:ratio=1.8:attack=20:release=200:knee=6,aformat=sample_fmts=flt:channel_layouts=stereo,apad=whole_len=${samples},atrim=end_sample=${samples},asetpts=N[out]`,
    outputs: [floatWav(to, 'out')],
    durationSeconds: plan.durationMs / 1000,
    files: [],
  };
}
