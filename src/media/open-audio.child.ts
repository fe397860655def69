import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Frame } from 'node-av/lib';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent } from '../process/child.ts';
import { explainFailure, collectFfmpegLog } from './ffmpeg.ts';
import { FilterRun } from './filter-run.ts';
import { chooseAudioStream } from './input-file.ts';
import type { AudioInput, AudioReply, OpenAudioRequest } from './open-audio.ts';

/** The child that decodes sound: pulled by its parent, a block a call. */

/** How long a block is, in seconds. */
const blockSeconds = 10;

/** How often the parent's messages are looked at while a block is decoded, in ms. */
const yieldEveryMs = 50;

let run: FilterRun | undefined;
let paths = '';
let isMeasured = true;
let isEnded = false;
const ready: Float32Array[] = [];

collectFfmpegLog();
serveParent({
  open: async (request: OpenAudioRequest) => {
    paths = request.inputs.map((input) => input.path).join(', ');
    isMeasured = request.isMeasured ?? true;
    try {
      run = openRun(request);
    } catch (error) {
      throw await explainFailure(error, 'input.unreadable', { path: paths });
    }
  },
  read: async () => {
    try {
      return await readBlock();
    } catch (error) {
      throw await explainFailure(error, 'input.unreadable', { path: paths });
    }
  },
});

function openRun(request: OpenAudioRequest): FilterRun {
  const fromMs = request.fromMs ?? 0;
  const toMs = request.toMs ?? Number.POSITIVE_INFINITY;
  const inputs = request.inputs.map((input, index) => {
    const place = placeInput(input, { fromMs, toMs });
    return { ...place, path: input.path, streams: [{ index: findStream(input), label: `in${index}` }] };
  });
  const [only] = request.inputs;
  const isPlain =
    request.inputs.length === 1 && only?.offsetMs === 0 && only.driftPpm === 0 && only.gainDb === 0;
  const mixed = isPlain
    ? `[in0]${fillGaps}`
    : `${request.inputs.map((input, index) => `[in${index}]${inputFilters(input, fromMs)}[m${index}]`).join(';')};` +
      request.inputs.map((_input, index) => `[m${index}]`).join('') +
      `amix=inputs=${inputs.length}:normalize=0:duration=longest`;
  return new FilterRun({
    inputs,
    filters: `${mixed},${outputFilters(request.sampleRateHz, (toMs - fromMs) / 1000)}[out]`,
    sinks: [{ label: 'out', media: 'audio' }],
  });
}

function findStream(input: AudioInput): number {
  const streamIndex = chooseAudioStream(input.path, input.streamIndex);
  if (streamIndex !== undefined) return streamIndex;
  throw new PatternPivotError('input.no_audio', `${input.path} has no sound that can be decoded.`, {
    context: { path: input.path },
  });
}

/** Which part of a file falls into the part that is wanted, in the file's own time. */
function placeInput({ offsetMs, driftPpm }: AudioInput, wanted: { fromMs: number; toMs: number }) {
  const toOwn = (ms: number) => Math.max(0, (ms - offsetMs) / (1 - driftPpm / 1e6)) / 1000;
  return {
    fromSeconds: toOwn(wanted.fromMs),
    toSeconds: toOwn(wanted.toMs),
    neededAtSeconds: Math.max(0, offsetMs - wanted.fromMs) / 1000,
    speed: 1,
  };
}

/** Silence fills gaps (`async=1`), the first sample lies at 0. */
const fillGaps = 'aresample=async=1:min_hard_comp=0.02:first_pts=0';

/** The rate that several files are mixed at, in hertz. */
const mixRateHz = 48_000;

/** Brings one of several files to its place. A clock that runs differently is made up for smoothly, sample by sample. */
function inputFilters({ offsetMs, driftPpm, gainDb }: AudioInput, fromMs: number): string {
  const delaySamples = Math.round((Math.max(0, offsetMs - fromMs) * mixRateHz) / 1000);
  return [
    ...(driftPpm === 0 ? [] : [`asetpts=PTS*${(1 - driftPpm / 1e6).toFixed(9)}`]),
    `aresample=${mixRateHz}:async=${driftPpm === 0 ? 1 : 200}:min_hard_comp=0.02:first_pts=0`,
    'aformat=sample_fmts=fltp:channel_layouts=mono',
    ...(delaySamples === 0 ? [] : [`adelay=delays=${delaySamples}S`]),
    ...(gainDb === 0 ? [] : [`volume=${gainDb.toFixed(2)}dB`]),
  ].join(',');
}

/** Cuts to length, listens to the loudness of what is there, and makes blocks of the wanted rate. */
function outputFilters(sampleRateHz: number, durationSeconds: number): string {
  return [
    ...(Number.isFinite(durationSeconds) ? [`atrim=end=${durationSeconds.toFixed(6)}`] : []),
    ...(isMeasured ? ['ebur128@source=peak=true:framelog=quiet'] : []),
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
  if (!isEnded || ready.length > 0) return { samples, isLast: false };
  const measured = run.readLoudness()['source'];
  run.close();
  if (!isMeasured) return { samples, isLast: true };
  const loudness = measured ?? { integratedLufs: -70, rangeLu: 0, truePeakDbtp: -120 };
  return { samples, isLast: true, loudness };
}

function copySamples(frame: Frame): Float32Array {
  const bytes = frame.data?.[0];
  if (bytes === undefined) return new Float32Array(0);
  // The frame's memory is FFmpeg's and is used again.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + frame.nbSamples * 4));
}
