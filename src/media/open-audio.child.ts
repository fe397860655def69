import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Frame } from 'node-av/lib';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent } from '../process/child.ts';
import { explainFailure, collectFfmpegLog } from './ffmpeg.ts';
import { FilterRun } from './filter-run.ts';
import { chooseAudioStream } from './input-file.ts';
import type { AudioReply } from './open-audio.ts';

/** The child that decodes sound: pulled by its parent, a block a call. */

/** How long a block is, in seconds. */
const blockSeconds = 10;

/** How often the parent's messages are looked at while a block is decoded, in ms. */
const yieldEveryMs = 50;

type OpenRequest = {
  path: string;
  streamIndex?: number;
  sampleRateHz: number;
  fromMs?: number;
  toMs?: number;
};

let run: FilterRun | undefined;
let path = '';
let isEnded = false;
const ready: Float32Array[] = [];

collectFfmpegLog();
serveParent({
  open: async (request: OpenRequest) => {
    path = request.path;
    try {
      run = openRun(request);
    } catch (error) {
      throw await explainFailure(error, 'input.unreadable', { path });
    }
  },
  read: async () => {
    try {
      return await readBlock();
    } catch (error) {
      throw await explainFailure(error, 'input.unreadable', { path });
    }
  },
});

function openRun(request: OpenRequest): FilterRun {
  const streamIndex = chooseAudioStream(request.path, request.streamIndex);
  if (streamIndex === undefined) {
    throw new PatternPivotError('input.no_audio', `${request.path} has no sound that can be decoded.`, {
      context: { path: request.path },
    });
  }
  const fromSeconds = (request.fromMs ?? 0) / 1000;
  const toSeconds = request.toMs === undefined ? Number.POSITIVE_INFINITY : request.toMs / 1000;
  return new FilterRun({
    inputs: [
      {
        path: request.path,
        fromSeconds,
        toSeconds,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: streamIndex, label: 'in' }],
      },
    ],
    filters: `[in]${audioFilters(request.sampleRateHz, toSeconds - fromSeconds)}[out]`,
    sinks: [{ label: 'out', media: 'audio' }],
  });
}

/** Silence fills gaps (`async=1`), the first sample lies at 0, the meter hears the stream as it is. */
function audioFilters(sampleRateHz: number, durationSeconds: number): string {
  return [
    'aresample=async=1:min_hard_comp=0.02:first_pts=0',
    ...(Number.isFinite(durationSeconds) ? [`atrim=end=${durationSeconds.toFixed(6)}`] : []),
    'ebur128@source=peak=true:framelog=quiet',
    `aresample=${sampleRateHz}`,
    'aformat=sample_fmts=flt:channel_layouts=mono',
    `asetnsamples=n=${sampleRateHz * blockSeconds}:p=0`,
  ].join(',');
}

async function readBlock(): Promise<AudioReply> {
  if (run === undefined) throw new PatternPivotError('tool.audio_not_open', 'No sound is open.');
  let yieldAtMs = performance.now() + yieldEveryMs;
  while (ready.length === 0 && !isEnded) {
    isEnded = !run.step((_sink, frame) => ready.push(copySamples(frame)));
    if (performance.now() > yieldAtMs) {
      await yieldToEvents();
      yieldAtMs = performance.now() + yieldEveryMs;
    }
  }
  const samples = ready.shift() ?? new Float32Array(0);
  if (!isEnded || ready.length > 0) return { samples };
  const measured = run.readLoudness()['source'];
  run.close();
  return { samples, loudness: measured ?? { integratedLufs: -70, rangeLu: 0, truePeakDbtp: -120 } };
}

function copySamples(frame: Frame): Float32Array {
  const bytes = frame.data?.[0];
  if (bytes === undefined) return new Float32Array(0);
  // The frame's memory is FFmpeg's and is used again.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + frame.nbSamples * 4));
}
