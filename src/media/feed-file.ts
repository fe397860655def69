import { FrameConverter, sameShape, shapeFilters, shapeOf } from './frame-shape.ts';
import type { Feed, GraphInlet } from './graph-inlet.ts';
import { InputFile, type DecodedFrame } from './input-file.ts';
import type { FileInput } from './render-graph.ts';

/** How far beyond the wanted end is read, in seconds, so that reordered and late frames still come. */
const readBeyondSeconds = 1;

type Stream = { readonly inlet: GraphInlet; converter: FrameConverter | undefined };

/** Feeds streams of one file as they are, with the times that they have. */
export class FileFeed implements Feed {
  readonly #input: FileInput;
  readonly #streams: ReadonlyMap<number, Stream>;
  readonly #onDecoded: (seconds: number) => void;
  #file: InputFile | undefined;
  isFinished = false;

  constructor(
    input: FileInput,
    inlets: ReadonlyMap<number, GraphInlet>,
    onDecoded: (seconds: number) => void,
  ) {
    this.#input = input;
    this.#streams = new Map([...inlets].map(([index, inlet]) => [index, { inlet, converter: undefined }]));
    this.#onDecoded = onDecoded;
  }

  get nextSeconds(): number {
    const { fromSeconds, speed, neededAtSeconds } = this.#input;
    const read = this.#file === undefined ? 0 : Math.max(0, this.#file.lastSeconds - fromSeconds) / speed;
    return neededAtSeconds + read;
  }

  advance(): void {
    const { path, fromSeconds, toSeconds } = this.#input;
    this.#file ??= new InputFile(path, { streams: [...this.#streams.keys()], fromSeconds });
    const more = this.#file.step((decoded) => this.#feed(decoded));
    const isBeyond = this.#file.lastSeconds > toSeconds + readBeyondSeconds;
    if (more && !isBeyond && [...this.#streams.values()].some(({ inlet }) => !inlet.isEnded)) return;
    for (const { inlet } of this.#streams.values()) inlet.end();
    this.isFinished = true;
    this.close();
  }

  #feed({ streamIndex, frame, seconds }: DecodedFrame): void {
    this.#onDecoded(seconds);
    const stream = this.#streams.get(streamIndex);
    if (stream === undefined || stream.inlet.isEnded) return;
    const wanted = stream.inlet.shape;
    const shape = shapeOf(frame);
    const ticks = (each: number) => BigInt(Math.round((seconds - this.#input.fromSeconds) * each));
    if (sameShape(shape, wanted)) {
      frame.pts = ticks(wanted.timeBaseDen);
      if (!stream.inlet.push(frame)) this.#file?.dropStream(streamIndex);
      return;
    }
    // The stream changes its size or format midway, or is not what its header said: made to fit.
    if (stream.converter === undefined || !sameShape(stream.converter.shape, shape)) {
      stream.converter?.close();
      stream.converter = new FrameConverter(shape, shapeFilters(wanted));
    }
    frame.pts = ticks(shape.timeBaseDen);
    stream.converter.convert(frame, (converted, convertedSeconds) => {
      converted.pts = BigInt(Math.round(convertedSeconds * wanted.timeBaseDen));
      if (!stream.inlet.push(converted)) this.#file?.dropStream(streamIndex);
    });
  }

  close(): void {
    for (const stream of this.#streams.values()) {
      stream.converter?.close();
      stream.converter = undefined;
    }
    this.#file?.close();
    this.#file = undefined;
  }
}
