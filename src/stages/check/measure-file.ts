import { mainAudio, mainVideo, type MediaInfo } from '../../domain/media.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { GraphInput, Mark, MeasuredLoudness, RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { unturn, type PartOfPicture } from './trace-range.ts';

/** One decode of a file through every measuring filter. */

/** What was measured. Times are ms from the start of what was read. */
export type FileMeasurements = {
  /** Pictures that were read, and the length of the sound in ms; undefined where there is none. */
  readonly frames: number | undefined;
  readonly soundMs: number | undefined;
  readonly black: readonly TimeRange[];
  readonly frozen: readonly TimeRange[];
  readonly silent: readonly TimeRange[];
  readonly loudness: MeasuredLoudness | undefined;
};

/** A black or frozen stretch shorter than this is none, in seconds. */
const minBlackSeconds = 0.5;
const minFrozenSeconds = 2;

/** How much pictures may differ and still be the same, as a share of full brightness. */
const stillNoise = 0.0005;

/** Sound below −50 dB for longer than this is a silent stretch, in seconds. */
const minSilentSeconds = 1.5;

/** Pictures are looked at in this width: what the filters measure are whole pictures. In px. */
const lookWidthPx = 270;

const sampleRateHz = 48_000;

/** What of a file is measured, and how strictly. */
export type MeasureOptions = {
  /** In ms; the whole file when left out. */
  readonly range?: TimeRange | undefined;
  /** The part of the picture, as shown, that is looked at; all of it when left out. */
  readonly part?: PartOfPicture | undefined;
  /** Half as strict about stillness: encoding a film again takes its grain away, and may make it still. Default: false. */
  readonly isLenient?: boolean;
};

/** The graph that measures a file, or a part of it: plain data. */
export function measuringGraph(path: string, info: MediaInfo, options: MeasureOptions = {}): RenderGraph {
  const { range, part, isLenient = false } = options;
  const fromSeconds = (range?.startMs ?? 0) / 1000;
  const toSeconds = range === undefined ? Number.MAX_SAFE_INTEGER : range.endMs / 1000;
  const video = mainVideo(info);
  const audio = mainAudio(info);
  const input = (index: number, label: string): GraphInput => ({
    path,
    fromSeconds,
    toSeconds,
    neededAtSeconds: 0,
    speed: 1,
    streams: [{ index, label }],
  });
  const cut = (kind: '' | 'a') =>
    range === undefined
      ? []
      : [`${kind}trim=start=0:end=${(toSeconds - fromSeconds).toFixed(6)}`, `${kind}setpts=PTS-STARTPTS`];
  const look = [
    ...cut(''),
    ...(part === undefined ? [] : [cropFilter(unturn(part, video?.rotationDegrees ?? 0))]),
    `scale=${lookWidthPx}:-2:flags=area`,
    'format=yuv420p',
    `blackdetect=d=${minBlackSeconds}:pic_th=0.98:pix_th=0.1`,
    `freezedetect=n=${isLenient ? 2 * stillNoise : stillNoise}:d=${minFrozenSeconds}`,
  ];
  const listen = [
    `aresample=${sampleRateHz}`,
    ...cut('a'),
    // In this order: the meter cuts the sound into frames of its own, and marks made before it would be lost.
    'ebur128@file=peak=true:framelog=quiet',
    `silencedetect=n=-50dB:d=${minSilentSeconds}`,
  ];
  return {
    inputs: [
      ...(video === undefined ? [] : [input(video.index, 'v')]),
      ...(audio === undefined ? [] : [input(audio.index, 'a')]),
    ],
    filters: [
      ...(video === undefined ? [] : [`[v]${look.join(',')}[picture]`]),
      ...(audio === undefined ? [] : [`[a]${listen.join(',')}[sound]`]),
    ].join(';\n'),
    outputs: [
      ...(video === undefined
        ? []
        : [{ kind: 'measure' as const, media: 'video' as const, label: 'picture', keys: pictureKeys }]),
      ...(audio === undefined
        ? []
        : [{ kind: 'measure' as const, media: 'audio' as const, label: 'sound', keys: soundKeys }]),
    ],
    durationSeconds: info.durationMs / 1000,
    files: [],
  };
}

function cropFilter({ x, y, width, height }: PartOfPicture): string {
  const share = (value: number) => value.toFixed(6);
  return `crop=w=iw*${share(width)}:h=ih*${share(height)}:x=iw*${share(x)}:y=ih*${share(y)}`;
}

const pictureKeys = [
  'lavfi.black_start',
  'lavfi.black_end',
  'lavfi.freezedetect.freeze_start',
  'lavfi.freezedetect.freeze_end',
];
const soundKeys = ['lavfi.silence_start', 'lavfi.silence_end'];

/** Measures a file, or a part of it. @throws what `runRender` throws */
export async function measureFile(
  path: string,
  info: MediaInfo,
  options: MeasureOptions & { signal: AbortSignal },
): Promise<FileMeasurements> {
  const { marks, counts, loudness } = await runRender(measuringGraph(path, info, options), {
    signal: options.signal,
  });
  const range = options.range ?? { startMs: 0, endMs: info.durationMs };
  const lengthMs = range.endMs - range.startMs;
  const samples = counts['sound'];
  return {
    frames: counts['picture'],
    soundMs: samples === undefined ? undefined : Math.round((samples * 1000) / sampleRateHz),
    black: pairMarks(marks, 'lavfi.black_start', 'lavfi.black_end', lengthMs),
    frozen: pairMarks(marks, 'lavfi.freezedetect.freeze_start', 'lavfi.freezedetect.freeze_end', lengthMs),
    silent: pairMarks(marks, 'lavfi.silence_start', 'lavfi.silence_end', lengthMs),
    loudness: loudness['file'],
  };
}

/** Makes ranges of a filter's start and end marks, whose values are seconds; one that never ends lasts to the end. */
export function pairMarks(
  marks: readonly Mark[],
  startKey: string,
  endKey: string,
  lengthMs: number,
): TimeRange[] {
  const ranges: TimeRange[] = [];
  let startMs: number | undefined;
  const toMs = (mark: Mark) => Math.min(lengthMs, Math.max(0, Math.round(Number(mark.value) * 1000)));
  for (const mark of marks) {
    if (mark.key === startKey) startMs = toMs(mark);
    if (mark.key === endKey && startMs !== undefined) {
      ranges.push({ startMs, endMs: Math.max(startMs, toMs(mark)) });
      startMs = undefined;
    }
  }
  if (startMs !== undefined) ranges.push({ startMs, endMs: Math.max(startMs, lengthMs) });
  return ranges;
}
