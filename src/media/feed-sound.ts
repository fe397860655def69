import { AV_CHANNEL_ORDER_NATIVE, AV_SAMPLE_FMT_FLTP } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { expectOk, expectPresent } from './ffmpeg.ts';
import { FrameConverter, sameShape, shapeFilters, shapeOf, type FrameShape } from './frame-shape.ts';
import type { Feed, GraphInlet } from './graph-inlet.ts';
import { InputFile } from './input-file.ts';
import { soundSampleRateHz, type SoundInput, type SoundPiece } from './render-graph.ts';
import { SoundLine, type Stereo } from './sound-line.ts';

/** How many samples go into the graph at once. */
const blockSamples = 1024;

/** A stretch that is left out and shorter than this is read through, in seconds; over a longer one is jumped. */
const readThroughSeconds = 10;

/** How far beyond a piece's end is read, in seconds, so that late frames still come. */
const readBeyondSeconds = 1;

/** Frames of the last so many seconds are kept: the next piece may start a little before the last one ended. */
const keptSeconds = 0.3;

/** A resampler needs something from before the first sample, in seconds. */
const prerollSeconds = 0.05;

/** What sound is like on its way into the graph: stereo, floats, the rate of everything that is rendered. */
export const soundShape: FrameShape = {
  media: 'audio',
  timeBaseDen: soundSampleRateHz,
  format: AV_SAMPLE_FMT_FLTP,
  channels: 2,
  channelMask: 0x3n,
};

/** Feeds pieces of sound, laid on one line with their fades, sample by sample. A file that has more pieces stays open. */
export class SoundFeed implements Feed {
  readonly #input: SoundInput;
  readonly #inlet: GraphInlet;
  readonly #line = new SoundLine();
  readonly #files = new Map<string, SoundFile>();
  readonly #block = new Frame();
  #pieceIndex = 0;
  /** Samples of this piece that are on the line; undefined before its first. */
  #produced: number | undefined;
  #fed = 0;
  isFinished = false;

  constructor(input: SoundInput, inlet: GraphInlet) {
    this.#input = input;
    this.#inlet = inlet;
    this.#block.alloc();
  }

  get nextSeconds(): number {
    return this.#input.neededAtSeconds + this.#fed / soundSampleRateHz - this.#input.aheadSeconds;
  }

  advance(): void {
    const { pieces, samples } = this.#input;
    const piece = pieces[this.#pieceIndex];
    const following = pieces[this.#pieceIndex + 1];
    const finalUntil = Math.min(
      samples,
      piece === undefined ? samples : piece.startSample + (this.#produced ?? 0),
      following?.startSample ?? samples,
    );
    if (this.#fed >= samples || this.#inlet.isEnded) this.#finish();
    else if (finalUntil - this.#fed >= Math.min(blockSamples, samples - this.#fed)) {
      this.#feed(Math.min(blockSamples, finalUntil - this.#fed));
    } else if (piece !== undefined) this.#read(piece);
  }

  #feed(samples: number): void {
    const [left, right] = this.#line.take(samples);
    const frame = this.#block;
    frame.nbSamples = samples;
    frame.format = AV_SAMPLE_FMT_FLTP;
    frame.sampleRate = soundSampleRateHz;
    frame.channelLayout = { nbChannels: 2, order: AV_CHANNEL_ORDER_NATIVE, mask: 0x3n };
    expectOk(frame.getBuffer(), 'No memory for sound');
    for (const [channel, from] of [left, right].entries()) {
      expectPresent(frame.data?.[channel], 'memory for sound').set(new Uint8Array(from.buffer));
    }
    frame.pts = BigInt(this.#fed);
    this.#inlet.push(frame);
    frame.unref();
    this.#fed += samples;
  }

  #read(piece: SoundPiece): void {
    const key = fileKey(piece);
    let file = this.#files.get(key);
    if (file === undefined) {
      file = new SoundFile(piece);
      this.#files.set(key, file);
    }
    if (this.#produced === undefined) {
      this.#produced = 0;
      file.start(piece);
    }
    const envelope = { ...piece, gain: 10 ** (piece.gainDb / 20) };
    const more = file.read((stereo) => {
      const produced = this.#produced ?? 0;
      const rest = piece.samples - produced;
      const [left, right] = stereo;
      const fitting: Stereo =
        left.length <= rest ? stereo : [left.subarray(0, rest), right.subarray(0, rest)];
      this.#line.add(piece.startSample, produced, fitting, envelope);
      this.#produced = produced + fitting[0].length;
    });
    if (more && this.#produced < piece.samples) return;
    file.stop();
    this.#pieceIndex += 1;
    this.#produced = undefined;
    const isLast = !this.#input.pieces.slice(this.#pieceIndex).some((later) => fileKey(later) === key);
    if (!isLast) return;
    file.close();
    this.#files.delete(key);
  }

  #finish(): void {
    this.#inlet.end();
    this.isFinished = true;
    this.close();
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    if (!this.isFinished) this.isFinished = true;
    this.#block.free();
  }
}

function fileKey({ path, streamIndex }: SoundPiece): string {
  return `${streamIndex} ${path}`;
}

/** One stream of sound of a file, from which pieces are read. */
class SoundFile {
  readonly #path: string;
  readonly #streamIndex: number;
  #input: InputFile | undefined;
  /** The last frames that were decoded. */
  readonly #kept: { frame: Frame; seconds: number; endSeconds: number }[] = [];
  #piece: SoundPiece | undefined;
  #toLine: FrameConverter | undefined;
  #toShape: FrameConverter | undefined;
  #onSamples: ((stereo: Stereo) => void) | undefined;
  /** Kept frames that the piece has yet to get. */
  #again: { frame: Frame; seconds: number }[] = [];

  constructor({ path, streamIndex }: SoundPiece) {
    this.#path = path;
    this.#streamIndex = streamIndex;
  }

  /** Goes to where a piece starts: by reading on where that is near, else by a jump. */
  start(piece: SoundPiece): void {
    this.#piece = piece;
    const open = () =>
      new InputFile(this.#path, { streams: [this.#streamIndex], fromSeconds: piece.fromSeconds });
    if (this.#input === undefined) {
      this.#input = open();
      return;
    }
    const first = this.#kept[0]?.seconds;
    const last = this.#kept.at(-1)?.endSeconds;
    const wanted = piece.fromSeconds - prerollSeconds;
    const isNear =
      first !== undefined && last !== undefined && first <= wanted && wanted - last < readThroughSeconds;
    if (isNear) {
      this.#again = this.#kept.filter(({ endSeconds }) => endSeconds > wanted);
      return;
    }
    for (const { frame } of this.#kept.splice(0)) frame.free();
    if (this.#input.seek(piece.fromSeconds)) return;
    this.#input.close();
    this.#input = open();
  }

  /** Decodes a packet of the piece. @returns false when there is no more of it */
  read(onSamples: (stereo: Stereo) => void): boolean {
    this.#onSamples = onSamples;
    const again = this.#again.shift();
    if (again !== undefined) {
      const copy = expectPresent(again.frame.clone(), 'memory for a frame');
      this.#take(copy, again.seconds);
      copy.free();
      return true;
    }
    const file = expectPresent(this.#input, 'open file');
    const piece = expectPresent(this.#piece, 'piece to read');
    const endSeconds = piece.fromSeconds + (piece.samples / soundSampleRateHz) * piece.speed;
    const more = file.step(({ frame, seconds }) => {
      this.#keep(frame, seconds);
      this.#take(frame, seconds);
    });
    if (more && file.lastSeconds <= endSeconds + readBeyondSeconds) return true;
    this.#toShape?.convert(null, (frame) => this.#toLine?.convert(frame, this.#emit));
    this.#toLine?.convert(null, this.#emit);
    return false;
  }

  #keep(frame: Frame, seconds: number): void {
    const copy = expectPresent(frame.clone(), 'memory for a frame');
    const endSeconds = seconds + (frame.sampleRate > 0 ? frame.nbSamples / frame.sampleRate : 0);
    this.#kept.push({ frame: copy, seconds, endSeconds });
    while ((this.#kept[0]?.endSeconds ?? endSeconds) < endSeconds - keptSeconds)
      this.#kept.shift()?.frame.free();
  }

  /** A frame's way onto the line: what lies before the piece is cut off, gaps become silence, the speed keeps the pitch. */
  #take(frame: Frame, seconds: number): void {
    const piece = expectPresent(this.#piece, 'piece to read');
    const shape = shapeOf(frame);
    this.#toLine ??= new FrameConverter(shape, lineFilters(piece.speed));
    const inShape = this.#toLine.shape;
    const pts = Math.round((seconds - piece.fromSeconds) * shape.timeBaseDen);
    frame.pts = BigInt(pts);
    if (sameShape(shape, inShape)) {
      this.#toLine.convert(frame, this.#emit);
      return;
    }
    // The stream changes its rate or channels midway.
    if (this.#toShape === undefined || !sameShape(this.#toShape.shape, shape)) {
      this.#toShape?.close();
      this.#toShape = new FrameConverter(shape, shapeFilters(inShape));
    }
    this.#toShape.convert(frame, (converted) => this.#toLine?.convert(converted, this.#emit));
  }

  readonly #emit = (frame: Frame): void => {
    if (frame.nbSamples === 0) return;
    const read = (channel: number) => {
      const bytes = expectPresent(frame.data?.[channel], 'decoded sound');
      return new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + frame.nbSamples * 4) as ArrayBuffer,
      );
    };
    this.#onSamples?.([read(0), read(1)]);
  };

  /** Ends a piece; the file stays where it is. */
  stop(): void {
    this.#again = [];
    this.#toShape?.close();
    this.#toLine?.close();
    this.#toShape = undefined;
    this.#toLine = undefined;
  }

  close(): void {
    this.stop();
    for (const { frame } of this.#kept.splice(0)) frame.free();
    this.#input?.close();
    this.#input = undefined;
  }
}

function lineFilters(speed: number): string {
  return [
    `aresample=${soundSampleRateHz}:async=1:min_hard_comp=0.02:first_pts=0`,
    'aformat=channel_layouts=stereo',
    ...tempoFilters(speed),
    'aformat=sample_fmts=fltp:channel_layouts=stereo',
  ].join(',');
}

/** Changes the speed and keeps the pitch; one `atempo` takes 0.5 to 100. */
export function tempoFilters(speed: number): string[] {
  const filters: string[] = [];
  let rest = speed;
  while (rest < 0.5) {
    filters.push('atempo=0.5');
    rest /= 0.5;
  }
  if (Math.abs(rest - 1) > 1e-9) filters.push(`atempo=${rest.toFixed(6)}`);
  return filters;
}
