import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Frame } from 'node-av/lib';
import { PatternPivotError } from '../domain/errors.ts';
import { mainVideo, type VideoStream } from '../domain/media.ts';
import { frameToSeconds, msToNearestFrame, type TimeRange } from '../domain/time.ts';
import { serveParent } from '../process/child.ts';
import { collectFfmpegLog, explainFailure } from './ffmpeg.ts';
import { FilterRun } from './filter-run.ts';
import { containerStartSeconds, openContainer } from './input-file.ts';
import type { FrameSize, FramesOptions, FramesReply, SmallFrame } from './open-frames.ts';
import { sizeFilters } from './small-frames.ts';
import { describeVideo } from './stream-info.ts';

/** The child that decodes pictures: pulled by its parent, some frames a call. */

/** How many bytes of pictures are sent at once. */
const blockBytes = 1 << 20;

/**
 * Where decoding had to begin so long before a range (a file without an index, or with few key frames, such as a browser's
 * recording), ranges less than the longest such way apart are read in one pass: going on is no longer than coming back. In ms.
 */
const longWayMs = 5000;

/** How often the parent's messages are looked at while frames are decoded, in ms. */
const yieldEveryMs = 50;

type OpenRequest = Omit<FramesOptions, 'signal'> & { path: string };

let request: OpenRequest | undefined;
let video: VideoStream | undefined;
let run: ReturnType<typeof openRanges> | undefined;
/** Ranges that are still to be read. */
let waiting: readonly TimeRange[] = [];
/** The longest way from a key frame to a range so far, in ms. */
let longestWayMs = 0;
let ready: SmallFrame[] = [];
let readyBytes = 0;
const decoded: { startMs: number; endMs: number }[] = [];

collectFfmpegLog();
serveParent({
  open: async (input: OpenRequest) => {
    request = input;
    waiting = input.ranges;
    await explaining(async () => {
      video = findVideo(input);
    });
  },
  read: () => explaining(readBlock),
});

async function explaining<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explainFailure(error, 'input.unreadable', { path: request?.path });
  }
}

function findVideo({ path, streamIndex }: OpenRequest): VideoStream {
  const container = openContainer(path);
  try {
    const startSeconds = containerStartSeconds(container);
    const streams = container.streams.flatMap(
      (stream) => describeVideo(stream, startSeconds, undefined) ?? [],
    );
    const info = { container: '', durationMs: 0, sizeBytes: 0, audio: [], tags: {}, video: streams };
    const found =
      streamIndex === undefined ? mainVideo(info) : streams.find(({ index }) => index === streamIndex);
    if (found !== undefined) return found;
  } finally {
    container.closeInputSync();
  }
  throw new PatternPivotError('input.no_video', `${path} has no picture that can be decoded.`, {
    context: { path, streamIndex },
  });
}

async function readBlock(): Promise<FramesReply> {
  let yieldAtMs = performance.now() + yieldEveryMs;
  let isEnd = false;
  while (readyBytes < blockBytes && !isEnd) {
    isEnd = !step();
    if (performance.now() > yieldAtMs) {
      await yieldToEvents();
      yieldAtMs = performance.now() + yieldEveryMs;
    }
  }
  const frames = ready;
  ready = [];
  readyBytes = 0;
  return { frames, decoded, isEnd };
}

/** Decodes a little more. @returns false when all ranges are through */
function step(): boolean {
  if (request === undefined || video === undefined) {
    throw new PatternPivotError('tool.frames_not_open', 'No picture is open.');
  }
  if (run === undefined) {
    const ranges = takeTogether();
    if (ranges.length === 0) return false;
    waiting = waiting.slice(ranges.length);
    run = openRanges(request, video, ranges);
  }
  const { filters, startFrame, sizes, seen, startMs } = run;
  const more = filters.step((sink, frame) => {
    const size = sizes.get(sink.label);
    if (size === undefined) return;
    // Times count in frames of the rate: see `settb`.
    const small = copyFrame(frame, size, startFrame + Number(frame.pts));
    readyBytes += small.data.length;
    ready.push(small);
  });
  if (!more) {
    filters.close();
    longestWayMs = Math.max(longestWayMs, startMs - seen.startMs);
    run = undefined;
    // Where several sizes end together, the last frames of one come before those of the next.
    ready.sort((a, b) => a.frame - b.frame);
  }
  return true;
}

/** The next ranges that are read in one pass. */
function takeTogether(): readonly TimeRange[] {
  const reachMs = longestWayMs > longWayMs ? longestWayMs : -1;
  const apart = waiting.findIndex((range, index) => {
    const before = waiting[index - 1];
    return before !== undefined && range.startMs - before.endMs > reachMs;
  });
  return apart < 0 ? waiting : waiting.slice(0, apart);
}

/** Opens the file for ranges that follow each other: from the key frame before the first to the end of the last. */
function openRanges(
  { path, frameRate, sizes }: OpenRequest,
  stream: VideoStream,
  ranges: readonly TimeRange[],
) {
  const counted = ranges.map(({ startMs, endMs }) => ({
    from: msToNearestFrame(startMs, frameRate),
    to: msToNearestFrame(endMs, frameRate),
  }));
  const startFrame = counted[0]?.from ?? 0;
  const endFrame = counted.at(-1)?.to ?? 0;
  const labels = new Map(sizes.map((size, index) => [`size${index}`, size]));
  const { num, den } = frameRate;
  const wanted = counted.map(({ from, to }) => `between(n,${from - startFrame},${to - startFrame - 1})`);
  const conform = [
    // As a render conforms its clips; frames before 0 (back to the key frame) are dropped before they cost anything.
    `fps=fps=${num}/${den}:start_time=0:round=near`,
    `trim=end_frame=${Math.max(1, endFrame - startFrame)}`,
    ...(counted.length > 1 ? [`select='${wanted.join('+')}'`] : []),
    `settb=${den}/${num}`,
    `split=${sizes.length}${[...labels.keys()].map((label) => `[${label}in]`).join('')}`,
  ];
  const branches = [...labels].map(
    ([label, size]) => `[${label}in]${sizeFilters(size, stream, startFrame).join(',')}[${label}]`,
  );
  const filters = new FilterRun({
    inputs: [
      {
        path,
        fromSeconds: frameToSeconds(startFrame, frameRate),
        toSeconds: frameToSeconds(endFrame, frameRate),
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: stream.index, label: 'in' }],
      },
    ],
    filters: [`[in]${conform.join(',')}`, ...branches].join(';'),
    sinks: [...labels.keys()].map((label) => ({ label, media: 'video' as const })),
  });
  const seen = { startMs: Number.POSITIVE_INFINITY, endMs: 0 };
  filters.onDecoded = (seconds) => {
    if (seen.endMs === 0) decoded.push(seen);
    seen.startMs = Math.min(seen.startMs, Math.round(seconds * 1000));
    seen.endMs = Math.max(seen.endMs, Math.round((seconds + den / num) * 1000));
  };
  return { filters, startFrame, sizes: labels, seen, startMs: ranges[0]?.startMs ?? 0 };
}

/** The frame's memory is FFmpeg's and is used again, and its rows are padded. */
function copyFrame(frame: Frame, size: FrameSize, number: number): SmallFrame {
  const { width, height } = frame;
  const rowBytes = width * (size.pixelFormat === 'gray' ? 1 : 3);
  const data = new Uint8Array(rowBytes * height);
  const plane = frame.data?.[0];
  const stride = frame.linesize[0] ?? rowBytes;
  if (plane !== undefined) {
    for (let row = 0; row < height; row++) {
      data.set(plane.subarray(row * stride, row * stride + rowBytes), row * rowBytes);
    }
  }
  return { size: size.name, frame: number, width, height, data };
}
