import { closeSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  AVDISCARD_ALL,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVSEEK_FLAG_BACKWARD,
  AV_DISPOSITION_DEFAULT,
  AV_NOPTS_VALUE,
  type AVCodecID,
} from 'node-av/constants';
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  InputFormat,
  Packet,
  type Stream,
} from 'node-av/lib';
import { imageSafetyOptions, inputSafetyOptions } from './containers.ts';
import { expectOk, expectPresent } from './ffmpeg.ts';

/** FFmpeg counts file times in microseconds. */
const microsecondsPerSecond = 1_000_000;

/** Packets whose time lies this far outside the file are damaged, in seconds. */
const timestampSlackSeconds = 120;

/** Sound codecs need some packets before the first one that sounds right (Opus: 80 ms), in seconds. */
const soundPrerollSeconds = 0.2;

/** So many read errors in a row end a file. A damaged place gives a few. */
const maxConsecutiveReadErrors = 200;

/** Opens a local file of an allowed container (or a still picture, where one is wanted) and finds its streams. @throws FfmpegFailure */
export function openContainer(path: string, isImage = false): FormatContext {
  const container = new FormatContext();
  // FFmpeg takes the dictionary over: it must be neither read nor freed after.
  const options = Dictionary.fromObject({ ...(isImage ? imageSafetyOptions : inputSafetyOptions) });
  try {
    // The prefix keeps a name such as `http:x.mp4` or `concat:a|b` what it is: a name.
    const format = isImage ? probeFormat(path) : null;
    expectOk(container.openInputSync(`file:${path}`, format, options), 'The file cannot be opened');
    expectOk(container.findStreamInfoSync(), 'No streams can be read from the file');
    return container;
  } catch (error) {
    container.closeInputSync();
    throw error;
  }
}

/** A picture's format by its first bytes: by names such as `logo.jpg`, FFmpeg would open a series of files. */
function probeFormat(path: string): InputFormat | null {
  const head = Buffer.alloc(65_536);
  const file = openSync(path, 'r');
  try {
    return InputFormat.probe(head.subarray(0, readSync(file, head)));
  } finally {
    closeSync(file);
  }
}

/** Where the file's own clock starts, in seconds: every time of ours counts from there. */
export function containerStartSeconds(container: FormatContext): number {
  const start = container.startTime;
  return start === AV_NOPTS_VALUE ? 0 : Number(start) / microsecondsPerSecond;
}

/** How long the file says it is, in seconds; undefined when it does not say. */
export function containerDurationSeconds(container: FormatContext): number | undefined {
  const duration = container.duration;
  return duration === AV_NOPTS_VALUE || duration <= 0n ? undefined : Number(duration) / microsecondsPerSecond;
}

/** Opens the decoder of a stream. @throws FfmpegFailure */
export function openDecoder(stream: Stream, threads: number): CodecContext {
  const codec = expectPresent(findDecoder(stream.codecpar.codecId), 'decoder for this stream');
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  expectOk(decoder.parametersToContext(stream.codecpar), 'The stream is not understood');
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = threads;
  const opened = decoder.open2Sync(codec);
  if (opened < 0) decoder.freeContext();
  expectOk(opened, `The ${codec.name} decoder cannot be opened`);
  return decoder;
}

/** Pictures that may be in the making at once, in bytes: each thread holds one, and 8K ones have 100 MB. */
const decodingBytes = 400_000_000;

/** A thread a core, fewer for huge pictures; 0 leaves the number to FFmpeg. */
function decodingThreads({ codecpar }: Stream): number {
  // Two bytes a sample, half as many samples again for colour.
  const pictureBytes = codecpar.width * codecpar.height * 3;
  if (pictureBytes * availableParallelism() <= decodingBytes) return 0;
  return Math.max(1, Math.floor(decodingBytes / pictureBytes));
}

/** The decoder of a codec, or undefined. */
export function findDecoder(id: AVCodecID): Codec | undefined {
  return Codec.findDecoder(id) ?? undefined;
}

/** One decoded frame with its time from the start of the file, in seconds; it is only good until the next call. */
export type DecodedFrame = { readonly streamIndex: number; readonly frame: Frame; readonly seconds: number };

/**
 * Reads and decodes some streams of one file, in file order, from a time on. Damaged packets and frames are skipped.
 * Frames before `fromSeconds` come too (back to the key frame): whoever reads trims.
 */
export class InputFile {
  readonly #container: FormatContext;
  readonly #decoders = new Map<
    number,
    { context: CodecContext; stream: Stream; nextSeconds: number | undefined }
  >();
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  readonly #startSeconds: number;
  readonly #endOfFileSeconds: number;
  #readErrors = 0;
  #flushing: number[] | undefined;
  /** Time of the last packet that was read, from the start of the file, in seconds. */
  lastSeconds: number;

  constructor(
    path: string,
    options: { streams: readonly number[]; fromSeconds: number; threads?: number; isImage?: boolean },
  ) {
    this.#container = openContainer(path, options.isImage);
    this.#packet.alloc();
    this.#frame.alloc();
    this.#startSeconds = containerStartSeconds(this.#container);
    this.#endOfFileSeconds =
      containerDurationSeconds(this.#container) === undefined
        ? Number.POSITIVE_INFINITY
        : (containerDurationSeconds(this.#container) ?? 0) + timestampSlackSeconds;
    this.lastSeconds = options.fromSeconds;
    for (const stream of this.#container.streams) {
      if (!options.streams.includes(stream.index)) stream.discard = AVDISCARD_ALL;
      else {
        const context = openDecoder(stream, options.threads ?? decodingThreads(stream));
        this.#decoders.set(stream.index, { context, stream, nextSeconds: undefined });
      }
    }
    for (const index of options.streams)
      expectPresent(this.#decoders.get(index), `stream ${index} in the file`);
    if (options.fromSeconds > 0) this.#seekBefore(options.fromSeconds);
  }

  /** Reads on from the key frame before a time, in seconds: forwards or back. @returns false where the container cannot */
  seek(seconds: number): boolean {
    for (const entry of this.#decoders.values()) {
      entry.context.flushBuffers();
      entry.nextSeconds = undefined;
    }
    this.#flushing = undefined;
    this.#readErrors = 0;
    this.lastSeconds = seconds;
    return this.#seekBefore(seconds);
  }

  #seekBefore(seconds: number): boolean {
    const isSoundAlone = [...this.#decoders.values()].every(
      ({ stream }) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO,
    );
    const fromSeconds = Math.max(0, seconds - (isSoundAlone ? soundPrerollSeconds : 0));
    const target = BigInt(Math.round((this.#startSeconds + fromSeconds) * microsecondsPerSecond));
    // A container without an index refuses: then everything before is read and thrown away by the trim.
    return this.#container.seekFrameSync(-1, target, AVSEEK_FLAG_BACKWARD) >= 0;
  }

  /** Leaves a stream out from now on. */
  dropStream(index: number): void {
    const entry = this.#decoders.get(index);
    if (entry === undefined) return;
    entry.stream.discard = AVDISCARD_ALL;
    entry.context.freeContext();
    this.#decoders.delete(index);
  }

  /** Reads one packet and hands on the frames that come out. @returns false when the file is at its end */
  step(onFrame: (decoded: DecodedFrame) => void): boolean {
    if (this.#decoders.size === 0) return false;
    if (this.#flushing !== undefined) return this.#flushOne(onFrame);
    const result = this.#container.readFrameSync(this.#packet);
    if (result < 0) {
      this.#readErrors += 1;
      if (result === AVERROR_EOF || this.#readErrors > maxConsecutiveReadErrors) {
        this.#flushing = [...this.#decoders.keys()];
      }
      return true;
    }
    this.#readErrors = 0;
    const entry = this.#decoders.get(this.#packet.streamIndex);
    if (entry !== undefined && this.#isTimely(entry.stream)) {
      // A damaged packet is refused here; its frame is missing, and the filters fill the gap.
      entry.context.sendPacketSync(this.#packet);
      this.#receive(this.#packet.streamIndex, onFrame);
    }
    this.#packet.unref();
    return true;
  }

  /** Notes where the packet lies; one that claims a time far outside the file is damaged. */
  #isTimely(stream: Stream): boolean {
    const timestamp = this.#packet.dts === AV_NOPTS_VALUE ? this.#packet.pts : this.#packet.dts;
    if (timestamp === AV_NOPTS_VALUE) return true;
    const seconds = this.#toSeconds(timestamp, stream);
    if (seconds < -timestampSlackSeconds || seconds > this.#endOfFileSeconds) return false;
    this.lastSeconds = seconds;
    return true;
  }

  #toSeconds(timestamp: bigint, stream: Stream): number {
    const { num, den } = stream.timeBase;
    return (Number(timestamp) * num) / den - this.#startSeconds;
  }

  #receive(streamIndex: number, onFrame: (decoded: DecodedFrame) => void): void {
    // A frame's receiver may drop the stream, and with it the decoder.
    for (
      let entry = this.#decoders.get(streamIndex);
      entry !== undefined;
      entry = this.#decoders.get(streamIndex)
    ) {
      if (entry.context.receiveFrameSync(this.#frame) < 0) return;
      const timestamp = this.#frame.bestEffortTimestamp;
      const seconds =
        timestamp === AV_NOPTS_VALUE
          ? (entry.nextSeconds ?? this.lastSeconds)
          : this.#toSeconds(timestamp, entry.stream);
      entry.nextSeconds = seconds + frameSeconds(this.#frame, entry.stream);
      onFrame({ streamIndex, frame: this.#frame, seconds });
      this.#frame.unref();
    }
  }

  #flushOne(onFrame: (decoded: DecodedFrame) => void): boolean {
    const index = this.#flushing?.shift();
    if (index === undefined) return false;
    this.#decoders.get(index)?.context.sendPacketSync(null);
    this.#receive(index, onFrame);
    return true;
  }

  close(): void {
    for (const entry of this.#decoders.values()) entry.context.freeContext();
    this.#decoders.clear();
    this.#frame.free();
    this.#packet.free();
    this.#container.closeInputSync();
  }
}

/** How long a frame lasts, in seconds: only needed where the container gives no times. */
function frameSeconds(frame: Frame, stream: Stream): number {
  if (frame.nbSamples > 0 && frame.sampleRate > 0) return frame.nbSamples / frame.sampleRate;
  const { num, den } = stream.avgFrameRate.num > 0 ? stream.avgFrameRate : stream.rFrameRate;
  return num > 0 ? den / num : 0;
}

/** The audio stream to hear: the one asked for, else the default one, else the first that has a decoder. */
export function chooseAudioStream(path: string, wanted: number | undefined): number | undefined {
  const container = openContainer(path);
  try {
    const usable = container.streams.filter(
      ({ codecpar }) =>
        codecpar.codecType === AVMEDIA_TYPE_AUDIO &&
        codecpar.sampleRate > 0 &&
        findDecoder(codecpar.codecId) !== undefined,
    );
    const chosen =
      wanted === undefined
        ? (usable.find((stream) => stream.hasDisposition(AV_DISPOSITION_DEFAULT)) ?? usable[0])
        : usable.find((stream) => stream.index === wanted);
    return chosen?.index;
  } finally {
    container.closeInputSync();
  }
}
