import {
  AVFMT_GLOBALHEADER,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PICTURE_TYPE_NONE,
} from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FormatContext, Packet, type Frame, type Stream } from 'node-av/lib';
import { PatternPivotError } from '../domain/errors.ts';
import { toFileError } from '../domain/file-error.ts';
import { expectOk, expectPresent, FfmpegFailure } from './ffmpeg.ts';
import type { Sink } from './filter-run.ts';
import type { EncodedStream, FileOutput } from './render-graph.ts';

/** What a failed write means, by the system's error number, which FFmpeg gives negated. */
const systemErrors: Readonly<Record<number, string>> = {
  [-28]: 'ENOSPC',
  [-122]: 'EDQUOT',
  [-30]: 'EROFS',
  [-13]: 'EACCES',
  [-1]: 'EPERM',
  [-2]: 'ENOENT',
  [-20]: 'ENOTDIR',
  [-21]: 'EISDIR',
};

type Encoder = { readonly context: CodecContext; readonly stream: Stream };

/** Encodes the frames of some sinks and writes them to one file. Child processes only. */
export class FileWriter {
  readonly #output: FileOutput;
  readonly #container = new FormatContext();
  readonly #encoders = new Map<string, Encoder>();
  readonly #packet = new Packet();

  /** Opens encoders and file. @throws tool.disk_full, input.not_writable, FfmpegFailure */
  constructor(output: FileOutput, sinks: readonly Sink[]) {
    this.#output = output;
    this.#packet.alloc();
    expectOk(
      this.#container.allocOutputContext2(null, output.format, output.path),
      `No muxer for ${output.format}`,
    );
    for (const wanted of output.streams) {
      const sink = expectPresent(
        sinks.find(({ label }) => label === wanted.label),
        `output ${wanted.label}`,
      );
      const context = openEncoder(wanted, sink, this.#container);
      const stream = this.#container.newStream(null);
      expectOk(stream.codecpar.fromContext(context), 'The encoder cannot be described');
      stream.timeBase = context.timeBase;
      if (wanted.kind === 'video') stream.avgFrameRate = sink.context.buffersinkGetFrameRate();
      this.#encoders.set(wanted.label, { context, stream });
    }
    this.#expectWritten(this.#container.openOutputSync(), 'The file cannot be written');
    // FFmpeg takes the dictionary over: it must be neither read nor freed after.
    const options = Dictionary.fromObject({ ...output.formatOptions });
    this.#expectWritten(this.#container.writeHeaderSync(options), 'The head of the file cannot be written');
  }

  /** Encodes a frame if it belongs to this file; the frame stays the caller's. */
  write(sink: Sink, frame: Frame): void {
    const encoder = this.#encoders.get(sink.label);
    if (encoder === undefined) return;
    // The picture types of the source would force key frames upon the encoder.
    if (sink.media === 'video') frame.pictType = AV_PICTURE_TYPE_NONE;
    expectOk(encoder.context.sendFrameSync(frame), 'A frame cannot be encoded');
    this.#writePackets(encoder);
  }

  /** Flushes the encoders and completes the file. */
  finish(): void {
    for (const encoder of this.#encoders.values()) {
      expectOk(encoder.context.sendFrameSync(null), 'The last frames cannot be encoded');
      this.#writePackets(encoder);
    }
    this.#expectWritten(this.#container.writeTrailerSync(), 'The file cannot be completed');
    const failure = this.#container.pb?.error ?? 0;
    this.#container.closeOutputSync();
    this.#expectWritten(failure, 'The file cannot be completed');
    for (const { context } of this.#encoders.values()) context.freeContext();
    this.#packet.free();
    this.#container.freeContext();
  }

  #writePackets({ context, stream }: Encoder): void {
    while (context.receivePacketSync(this.#packet) >= 0) {
      this.#packet.streamIndex = stream.index;
      this.#packet.rescaleTs(context.timeBase, stream.timeBase);
      this.#expectWritten(
        this.#container.interleavedWriteFrameSync(this.#packet),
        'The file cannot be written on',
      );
      this.#packet.unref();
    }
  }

  #expectWritten(result: number, operation: string): void {
    if (result >= 0) return;
    const code = systemErrors[result];
    if (code === undefined) throw new FfmpegFailure(operation, result);
    const told = toFileError(Object.assign(new Error(operation), { code }), this.#output.path);
    throw told instanceof PatternPivotError ? told : new FfmpegFailure(operation, result);
  }
}

function openEncoder(wanted: EncodedStream, sink: Sink, container: FormatContext): CodecContext {
  const codec = expectPresent(Codec.findEncoderByName(wanted.encoder as never), `encoder ${wanted.encoder}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.timeBase = sink.timeBase;
  if (wanted.kind === 'video') {
    context.width = sink.context.buffersinkGetWidth();
    context.height = sink.context.buffersinkGetHeight();
    context.pixelFormat = sink.context.buffersinkGetFormat() as never;
    context.sampleAspectRatio = sink.context.buffersinkGetSampleAspectRatio();
    context.framerate = sink.context.buffersinkGetFrameRate();
    context.colorRange = sink.context.buffersinkGetColorRange();
    context.colorSpace = sink.context.buffersinkGetColorspace();
  } else {
    context.sampleRate = sink.context.buffersinkGetSampleRate();
    context.sampleFormat = sink.context.buffersinkGetFormat() as never;
    context.channelLayout = sink.context.buffersinkGetChannelLayout();
  }
  if (container.oformat?.hasFlags(AVFMT_GLOBALHEADER) === true) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  for (const [name, value] of Object.entries(wanted.options)) {
    expectOk(
      context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN),
      `${wanted.encoder} refuses ${name}=${value}`,
    );
  }
  expectOk(context.open2Sync(codec), `The ${wanted.encoder} encoder cannot be opened`);
  return context;
}
