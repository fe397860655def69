import { soundSampleRateHz, type RenderGraph } from '../../media/render-graph.ts';
import { runRender, type RenderOptions } from '../../media/run-render.ts';

/** The room that extracted sound takes on a disk, in bytes a second. */
export const extractedBytesPerSecond = soundSampleRateHz * 4;

/** Which sound of a file goes where. */
export type ExtractRequest = {
  readonly path: string;
  readonly streamIndex: number;
  readonly durationMs: number;
  /** Written directly: give a temporary name. */
  readonly to: string;
};

/**
 * Writes a file's sound into a WAV: 16 bit, stereo, 48 kHz, streamed, gaps as silence. Beyond 4 GB it is an RF64.
 * @throws tool.render_failed, tool.disk_full
 */
export async function extractSound(request: ExtractRequest, options: RenderOptions): Promise<void> {
  await runRender(extractGraph(request), options);
}

function extractGraph(request: ExtractRequest): RenderGraph {
  const { path, streamIndex, durationMs, to } = request;
  const toSeconds = durationMs / 1000;
  const streams = [{ index: streamIndex, label: 'in' }];
  return {
    inputs: [{ path, fromSeconds: 0, toSeconds, neededAtSeconds: 0, speed: 1, streams }],
    filters: `[in]aresample=${soundSampleRateHz}:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=s16:channel_layouts=stereo,asetnsamples=n=4096:p=0[out]`,
    outputs: [
      {
        kind: 'file',
        path: to,
        format: 'wav',
        formatOptions: { fflags: 'bitexact', rf64: 'auto' },
        streams: [{ kind: 'audio', label: 'out', encoder: 'pcm_s16le', options: {} }],
      },
    ],
    durationSeconds: toSeconds,
    files: [],
  };
}
