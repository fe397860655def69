import {
  AVERROR_EOF,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AV_BUFFERSRC_FLAG_PUSH,
  AV_CHANNEL_ORDER_NATIVE,
  type AVColorSpace,
  type AVPixelFormat,
  type AVSampleFormat,
} from 'node-av/constants';
import {
  avGetPixFmtName,
  avGetSampleFmtName,
  Filter,
  FilterGraph,
  FilterInOut,
  Frame,
  type FilterContext,
  type Stream,
} from 'node-av/lib';
import type { Rational } from '../domain/time.ts';
import { expectOk, expectPresent } from './ffmpeg.ts';

/** Picture times in the filter graph are whole microseconds; sound times are samples. */
const videoTimeBaseDen = 1_000_000;

/** What a filter graph must know of the frames that it gets. Formats are FFmpeg's numbers. */
export type FrameShape =
  | {
      readonly media: 'video';
      readonly timeBaseDen: number;
      readonly format: number;
      readonly width: number;
      readonly height: number;
      readonly colorSpace: number;
      readonly colorRange: number;
    }
  | {
      readonly media: 'audio';
      readonly timeBaseDen: number;
      readonly format: number;
      readonly channels: number;
      readonly channelMask: bigint;
    };

/** What a stream's header says of its frames; undefined for what is neither picture nor sound, or cannot be decoded. */
export function readStreamShape(stream: Stream): FrameShape | undefined {
  const { codecpar } = stream;
  if (codecpar.codecType === AVMEDIA_TYPE_VIDEO && codecpar.width > 0 && codecpar.format >= 0) {
    return {
      media: 'video',
      timeBaseDen: videoTimeBaseDen,
      format: codecpar.format,
      width: codecpar.width,
      height: codecpar.height,
      colorSpace: assumeColorSpace(codecpar.colorSpace, codecpar.format, codecpar.height),
      colorRange: codecpar.colorRange,
    };
  }
  if (codecpar.codecType === AVMEDIA_TYPE_AUDIO && codecpar.sampleRate > 0 && codecpar.format >= 0) {
    const { nbChannels, mask } = codecpar.channelLayout;
    return {
      media: 'audio',
      timeBaseDen: codecpar.sampleRate,
      format: codecpar.format,
      channels: nbChannels,
      channelMask: nameChannels(nbChannels, mask),
    };
  }
  return undefined;
}

/** The shape of a decoded frame. */
export function shapeOf(frame: Frame): FrameShape {
  if (frame.nbSamples === 0) {
    const colorSpace = assumeColorSpace(frame.colorSpace, frame.format as AVPixelFormat, frame.height);
    if (colorSpace !== frame.colorSpace) frame.colorSpace = colorSpace;
    return {
      media: 'video',
      timeBaseDen: videoTimeBaseDen,
      format: frame.format,
      width: frame.width,
      height: frame.height,
      colorSpace,
      colorRange: frame.colorRange,
    };
  }
  const { nbChannels, mask } = frame.channelLayout;
  const channelMask = nameChannels(nbChannels, mask);
  // Channels without names cannot be mixed down: they get the usual ones for their number.
  if (channelMask !== mask)
    frame.channelLayout = { nbChannels, order: AV_CHANNEL_ORDER_NATIVE, mask: channelMask };
  return {
    media: 'audio',
    timeBaseDen: frame.sampleRate,
    format: frame.format,
    channels: nbChannels,
    channelMask,
  };
}

/** Pictures of at least this height that do not say their colour matrix are taken for BT.709, lower ones for BT.601, as players do. */
const highDefinitionHeight = 720;

function assumeColorSpace(colorSpace: AVColorSpace, format: number, height: number): AVColorSpace {
  const isYuv = /^(?:yuv|nv|p0)/u.test(avGetPixFmtName(format as AVPixelFormat) ?? '');
  if (colorSpace !== AVCOL_SPC_UNSPECIFIED || !isYuv) return colorSpace;
  return height >= highDefinitionHeight ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

/** Front left and right, and so on: FFmpeg's default layouts, by number of channels. */
const usualMasks: Readonly<Record<number, bigint>> = {
  1: 0x4n,
  2: 0x3n,
  3: 0xbn,
  4: 0x107n,
  5: 0x37n,
  6: 0x3fn,
  7: 0x70fn,
  8: 0x63fn,
};

function nameChannels(channels: number, mask: bigint): bigint {
  return mask === 0n ? (usualMasks[channels] ?? 0n) : mask;
}

/** Whether frames of both shapes can go through one graph. */
export function sameShape(a: FrameShape, b: FrameShape): boolean {
  if (a.media === 'video') {
    return b.media === 'video' && a.format === b.format && a.width === b.width && a.height === b.height;
  }
  return (
    b.media === 'audio' &&
    a.format === b.format &&
    a.timeBaseDen === b.timeBaseDen &&
    a.channels === b.channels &&
    a.channelMask === b.channelMask
  );
}

/** The arguments of FFmpeg's `buffer` or `abuffer` filter for frames of a shape; pictures may be numbered at a constant rate. */
export function sourceArguments(shape: FrameShape, rate?: Rational): string {
  if (shape.media === 'video') {
    const { width, height, format, timeBaseDen, colorSpace, colorRange } = shape;
    const time =
      rate === undefined
        ? `time_base=1/${timeBaseDen}`
        : `time_base=${rate.den}/${rate.num}:frame_rate=${rate.num}/${rate.den}`;
    return `video_size=${width}x${height}:pix_fmt=${format}:${time}:pixel_aspect=1/1:colorspace=${colorSpace}:range=${colorRange}`;
  }
  const layout = shape.channelMask === 0n ? `${shape.channels}C` : `0x${shape.channelMask.toString(16)}`;
  return `sample_rate=${shape.timeBaseDen}:sample_fmt=${shape.format}:time_base=1/${shape.timeBaseDen}:channel_layout=${layout}`;
}

/** The filters that turn frames of any shape into frames of another. */
export function shapeFilters(to: FrameShape): string {
  return to.media === 'video'
    ? `scale=${to.width}:${to.height},format=${avGetPixFmtName(to.format as AVPixelFormat)}`
    : `aresample=${to.timeBaseDen},aformat=sample_fmts=${avGetSampleFmtName(to.format as AVSampleFormat)}:channel_layouts=0x${to.channelMask.toString(16)}`;
}

/** Sends frames of one shape through a chain of filters, a small graph of its own. */
export class FrameConverter {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #frame = new Frame();
  readonly shape: FrameShape;

  constructor(from: FrameShape, filters: string) {
    this.shape = from;
    this.#graph.alloc();
    this.#frame.alloc();
    const kind = from.media === 'video' ? '' : 'a';
    const bufferFilter = expectPresent(Filter.getByName(`${kind}buffer`), 'buffer');
    this.#source = expectPresent(
      this.#graph.createFilter(bufferFilter, 'in', sourceArguments(from)),
      'source',
    );
    this.#sink = expectPresent(
      this.#graph.createFilter(expectPresent(Filter.getByName(`${kind}buffersink`), 'sink'), 'out'),
      'sink',
    );
    expectOk(
      this.#graph.parsePtr(
        filters,
        FilterInOut.createList([{ name: 'out', filterCtx: this.#sink, padIdx: 0 }]),
        FilterInOut.createList([{ name: 'in', filterCtx: this.#source, padIdx: 0 }]),
      ),
      'The conversion of a stream cannot be built',
    );
    expectOk(this.#graph.configSync(), 'The conversion of a stream cannot be configured');
  }

  /**
   * Hands on what a frame, or the end (null), becomes; each is only good during the call. Its time in seconds goes with it:
   * give `pts` in the time base of the shape.
   */
  convert(frame: Frame | null, onFrame: (converted: Frame, seconds: number) => void): void {
    const result = this.#source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_PUSH);
    if (result === AVERROR_EOF) return;
    expectOk(result, 'A frame cannot be converted');
    const { num, den } = this.#sink.buffersinkGetTimeBase();
    while (this.#sink.buffersinkGetFrameSync(this.#frame) >= 0) {
      onFrame(this.#frame, (Number(this.#frame.pts) * num) / den);
      this.#frame.unref();
    }
  }

  close(): void {
    this.#frame.free();
    this.#graph.free();
  }
}
