import { closeSync, openSync, readSync } from 'node:fs';
import { Frame, InputFormat, Packet, type FormatContext } from 'node-av/lib';
import { AVDISCARD_ALL, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO, AV_NOPTS_VALUE } from 'node-av/constants';
import { PatternPivotError } from '../domain/errors.ts';
import { mainAudio, mainVideo, type MediaInfo } from '../domain/media.ts';
import { serveParent } from '../process/child.ts';
import { allowedDemuxers, pointerKind } from './containers.ts';
import { FfmpegFailure, silenceFfmpegLog } from './ffmpeg.ts';
import { containerDurationSeconds, containerStartSeconds, openContainer, openDecoder } from './input-file.ts';
import { describeAudio, describeVideo, readTags, type VideoSample } from './stream-info.ts';

/** The child that probes files: FFmpeg reads untrusted bytes here. */

/** How much of the start is read to see that the streams decode and whether the frames come evenly, in packets. */
const sampledVideoPackets = 300;
const sampledPackets = 6000;

/** FFmpeg's AVERROR(EINVAL): what a demuxer that is not on the list is refused with. */
const notOnTheList = -22;

/** How much of the head tells the kind of a file that was refused, in bytes. */
const headBytes = 65_536;

silenceFfmpegLog();
serveParent({
  probe: async (input: { path: string; sizeBytes: number; isImage?: boolean }) =>
    probe(input.path, input.sizeBytes, input.isImage),
});

function probe(path: string, sizeBytes: number, isImage?: boolean): MediaInfo {
  let container: FormatContext;
  try {
    container = openContainer(path, isImage);
  } catch (error) {
    throw error instanceof FfmpegFailure ? explainRefusal(path, error) : error;
  }
  try {
    const startSeconds = containerStartSeconds(container);
    const declared = describe(container, sizeBytes, startSeconds, new Map(), 0);
    if (declared.video.length + declared.audio.length === 0) {
      throw new PatternPivotError(
        'input.no_streams',
        `${path} holds neither picture nor sound that can be decoded.`,
        {
          hint: 'Check that it is the right file, or convert it with another program.',
          context: { path },
        },
      );
    }
    const wanted = [mainVideo(declared)?.index, mainAudio(declared)?.index].filter(
      (index) => index !== undefined,
    );
    const { samples, lastSeconds } = sampleStreams(container, wanted, startSeconds);
    if (wanted.length > 0 && !wanted.some((index) => samples.get(index)?.decoded === true)) {
      throw new PatternPivotError(
        'input.unreadable',
        `Nothing in ${path} can be decoded: it is damaged or cut off.`,
        {
          hint: 'Copy or download it again.',
          context: { path },
        },
      );
    }
    const durationSeconds =
      containerDurationSeconds(container) ?? Math.max(lastSeconds, readToEnd(container, startSeconds));
    return describe(container, sizeBytes, startSeconds, samples, durationSeconds);
  } finally {
    container.closeInputSync();
  }
}

function describe(
  container: FormatContext,
  sizeBytes: number,
  startSeconds: number,
  samples: ReadonlyMap<number, VideoSample>,
  durationSeconds: number,
): MediaInfo {
  const isBroken = (index: number) => samples.get(index)?.decoded === false;
  const streams = container.streams.filter((stream) => !isBroken(stream.index));
  return {
    container: container.iformat?.name ?? 'unknown',
    durationMs: Math.round(durationSeconds * 1000),
    sizeBytes,
    video: streams
      .filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO)
      .map((stream) => describeVideo(stream, startSeconds, samples.get(stream.index)))
      .filter((stream) => stream !== undefined),
    audio: streams
      .filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO)
      .map((stream) => describeAudio(stream, startSeconds))
      .filter((stream) => stream !== undefined),
    tags: readTags(container.metadata?.getAll() ?? {}),
  };
}

/** Reads the start of the file: whether a frame of each wanted stream decodes, and when its frames come. */
function sampleStreams(
  container: FormatContext,
  wanted: readonly number[],
  startSeconds: number,
): { samples: Map<number, VideoSample>; lastSeconds: number } {
  const samples = new Map<number, VideoSample>();
  const packet = new Packet();
  const frame = new Frame();
  packet.alloc();
  frame.alloc();
  let lastSeconds = 0;
  const decoders = new Map(
    container.streams
      .filter((stream) => wanted.includes(stream.index))
      .map((stream) => [stream.index, openDecoder(stream, 1)]),
  );
  for (const index of wanted) samples.set(index, { decoded: false, isInterlaced: false, timesSeconds: [] });
  for (const stream of container.streams) if (!wanted.includes(stream.index)) stream.discard = AVDISCARD_ALL;

  const isEnough = () =>
    [...samples].every(([index, sample]) => {
      const isVideo = container.streams[index]?.codecpar.codecType === AVMEDIA_TYPE_VIDEO;
      return sample.decoded && (!isVideo || sample.timesSeconds.length >= sampledVideoPackets);
    });
  for (let count = 0; count < sampledPackets && !isEnough(); count++) {
    if (container.readFrameSync(packet) < 0) break;
    const stream = container.streams[packet.streamIndex];
    const sample = samples.get(packet.streamIndex);
    const decoder = decoders.get(packet.streamIndex);
    if (stream !== undefined && sample !== undefined && decoder !== undefined) {
      if (packet.pts !== AV_NOPTS_VALUE) {
        const seconds = (Number(packet.pts) * stream.timeBase.num) / stream.timeBase.den - startSeconds;
        sample.timesSeconds.push(seconds);
        lastSeconds = Math.max(lastSeconds, seconds);
      }
      if (!sample.decoded) {
        decoder.sendPacketSync(packet);
        takeFrame(decoder, frame, sample);
      }
    }
    packet.unref();
  }
  for (const [index, decoder] of decoders) {
    const sample = samples.get(index);
    if (sample !== undefined && !sample.decoded) {
      decoder.sendPacketSync(null);
      takeFrame(decoder, frame, sample);
    }
    decoder.freeContext();
  }
  packet.free();
  frame.free();
  return { samples, lastSeconds };
}

/** AV_FRAME_FLAG_INTERLACED of libavutil/frame.h. */
const interlacedFlag = 1 << 3;

function takeFrame(decoder: ReturnType<typeof openDecoder>, frame: Frame, sample: VideoSample): void {
  if (decoder.receiveFrameSync(frame) < 0) return;
  sample.decoded = true;
  sample.isInterlaced = (frame.flags & interlacedFlag) !== 0;
  frame.unref();
}

/** Where the last packet ends, in seconds: for recordings whose header was never finished. */
function readToEnd(container: FormatContext, startSeconds: number): number {
  const packet = new Packet();
  packet.alloc();
  let endSeconds = 0;
  while (container.readFrameSync(packet) >= 0) {
    const stream = container.streams[packet.streamIndex];
    if (stream !== undefined && packet.pts !== AV_NOPTS_VALUE) {
      const end = Number(packet.pts + packet.duration);
      endSeconds = Math.max(endSeconds, (end * stream.timeBase.num) / stream.timeBase.den - startSeconds);
    }
    packet.unref();
  }
  packet.free();
  return endSeconds;
}

/** Why FFmpeg would not open it, in words for a user. */
function explainRefusal(path: string, failure: FfmpegFailure): PatternPivotError {
  const head = readHead(path);
  const pointer = pointerKind(head);
  const format = pointer ?? InputFormat.probe(head)?.name ?? undefined;
  const context = { path, format, ffmpeg: failure.message };
  const isAllowed =
    format !== undefined &&
    allowedDemuxers.some((names) => names.split(',').some((name) => format.split(',').includes(name)));
  if (pointer !== undefined || (failure.ffmpegCode === notOnTheList && format !== undefined && !isAllowed)) {
    return new PatternPivotError(
      'input.refused_container',
      `${path} is a file of the kind "${format}", which is not opened: only plain video and audio files are.`,
      { hint: 'Playlists and scripts may point anywhere. Give the video file itself.', context },
    );
  }
  if (isAllowed) {
    return new PatternPivotError(
      'input.truncated',
      `${path} is cut off or damaged beyond use: ${failure.message}.`,
      {
        hint: 'The recording was probably not finished or not copied whole. Copy or download it again.',
        context,
      },
    );
  }
  return new PatternPivotError('input.not_media', `${path} is no video or audio file that can be read.`, {
    hint: 'Give a video (mp4, mov, mkv, webm …) or audio file (mp3, wav, m4a …).',
    context,
  });
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}
