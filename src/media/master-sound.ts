import { resolve } from 'node:path';
import { runRender } from './run-render.ts';
import {
  soundSampleRateHz,
  type MeasuredLoudness,
  type RenderGraph,
  type SoundPiece,
} from './render-graph.ts';

/** What becomes of a recording on its way to a finished track. */
export type MasterRequest = {
  /** Any sound that can be decoded; the first stream of it counts. */
  readonly from: string;
  readonly streamIndex?: number;
  /** Where it begins in the source, in ms. Default: 0. */
  readonly fromMs?: number;
  /** Gets a WAV: 16 bit, stereo, 48 kHz, exactly `durationMs` long. It is written directly: give a temporary name. */
  readonly to: string;
  readonly durationMs: number;
  /** What is too short begins again after so long, and both are heard over the cross-fade. In ms. Default: silence follows. */
  readonly loop?: { readonly everyMs: number; readonly crossFadeMs: number };
  /** It comes and goes in straight lines over so long, in ms. Default: 0. */
  readonly fadeInMs?: number;
  readonly fadeOutMs?: number;
  readonly integratedLufs: number;
  /** No peak is above it, those between the samples counted. */
  readonly truePeakDbtp: number;
};

/** Below this there is nothing that could be made louder, in LUFS. */
const silenceLufs = -65;

/** More than this nothing is raised by, in dB: it would be noise. */
const mostGainDb = 40;

/** A limiter takes loudness away: it is measured and given back this often. */
const mostAttempts = 4;

/** How near is near enough, in LU. */
const toleranceLu = 0.15;

/** The limiter works at four times the rate, and rounding to 16 bits comes after it: it aims so much lower, in dB. */
const limiterMarginDb = 0.15;

const meter = 'ebur128@measured=peak=true:framelog=quiet';

const silence: MeasuredLoudness = { integratedLufs: -70, rangeLu: 0, truePeakDbtp: -120 };

/**
 * Makes a recording as loud as it is wanted, limited so that nothing clips, and exactly as long. Silence stays silent.
 * @returns how loud what was written is
 * @throws tool.render_failed, tool.disk_full, input.not_writable, cancelled.*
 */
export async function masterSound(
  wanted: MasterRequest,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress?: (doneShare: number) => void } = {},
): Promise<MeasuredLoudness> {
  // The renderer works in a folder of its own.
  const request = { ...wanted, from: resolve(wanted.from), to: resolve(wanted.to) };
  const run = async (graph: RenderGraph, from: number, to: number) => {
    const { loudness } = await runRender(graph, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (seconds) =>
        onProgress?.(from + (to - from) * Math.min(1, seconds / graph.durationSeconds)),
    });
    return loudness['measured'] ?? silence;
  };
  let heard = await run(measureGraph(request), 0, 0.3);
  const isSilent = heard.integratedLufs < silenceLufs;
  let gainDb = isSilent ? 0 : Math.min(mostGainDb, request.integratedLufs - heard.integratedLufs);
  for (let attempt = 0; ; attempt++) {
    heard = await run(writeGraph(request, gainDb), 0.3 + attempt * 0.15, 0.45 + attempt * 0.15);
    const missingLu = request.integratedLufs - heard.integratedLufs;
    if (isSilent || Math.abs(missingLu) <= toleranceLu || attempt + 1 >= mostAttempts) return heard;
    gainDb = Math.min(mostGainDb, gainDb + missingLu);
  }
}

const toSamples = (ms: number) => Math.round((ms * soundSampleRateHz) / 1000);

/** The source once, or as often as it takes: each time faded into the next. */
function listPieces(request: MasterRequest): SoundPiece[] {
  const total = toSamples(request.durationMs);
  const every = request.loop === undefined ? total : toSamples(request.loop.everyMs);
  const over = toSamples(request.loop?.crossFadeMs ?? 0);
  const pieces: SoundPiece[] = [];
  for (let startSample = 0; startSample < total; startSample += every) {
    const isFirst = startSample === 0;
    const isLast = startSample + every >= total;
    pieces.push({
      path: request.from,
      streamIndex: request.streamIndex ?? 0,
      fromSeconds: (request.fromMs ?? 0) / 1000,
      speed: 1,
      startSample,
      samples: isLast ? total - startSample : every + over,
      fadeInSamples: isFirst ? toSamples(request.fadeInMs ?? 0) : over,
      fadeOutSamples: isLast ? toSamples(request.fadeOutMs ?? 0) : over,
      gainDb: 0,
    });
  }
  return pieces;
}

function inputOf(request: MasterRequest): Pick<RenderGraph, 'inputs' | 'durationSeconds' | 'files'> {
  return {
    inputs: [
      {
        kind: 'sound',
        label: 'source',
        samples: toSamples(request.durationMs),
        aheadSeconds: 0,
        neededAtSeconds: 0,
        pieces: listPieces(request),
      },
    ],
    durationSeconds: request.durationMs / 1000,
    files: [],
  };
}

function measureGraph(request: MasterRequest): RenderGraph {
  return {
    ...inputOf(request),
    filters: `[source]${meter}[out]`,
    outputs: [{ kind: 'measure', media: 'audio', label: 'out', keys: [] }],
  };
}

function writeGraph(request: MasterRequest, gainDb: number): RenderGraph {
  const limit = 10 ** ((request.truePeakDbtp - limiterMarginDb) / 20);
  const samples = toSamples(request.durationMs);
  const filters = [
    // Below this nothing is music, and small loudspeakers only lose power to it.
    'highpass=f=28',
    `volume=${gainDb.toFixed(3)}dB:precision=float`,
    `aresample=${soundSampleRateHz * 4}`,
    `alimiter=limit=${limit.toFixed(6)}:attack=5:release=80:level=0:latency=1`,
    `aresample=${soundSampleRateHz}:osf=s16:dither_method=triangular_hp`,
    'aformat=sample_fmts=s16:channel_layouts=stereo',
    `apad=whole_len=${samples}`,
    `atrim=end_sample=${samples}`,
    'asetpts=N',
    meter,
    // The meter works with other numbers than it was given.
    'aformat=sample_fmts=s16:channel_layouts=stereo',
  ];
  return {
    ...inputOf(request),
    filters: `[source]${filters.join(',')}[out]`,
    outputs: [
      {
        kind: 'file',
        path: request.to,
        format: 'wav',
        // No name of a program in the file: the same music is the same bytes.
        formatOptions: { fflags: 'bitexact' },
        streams: [{ kind: 'audio', label: 'out', encoder: 'pcm_s16le', options: {} }],
      },
    ],
  };
}
