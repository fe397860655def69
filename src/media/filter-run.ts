import { AVERROR_EOF, AV_BUFFERSRC_FLAG_PUSH, AV_OPT_TYPE_DOUBLE } from 'node-av/constants';
import { Filter, FilterGraph, FilterInOut, Frame, Rational, type FilterContext } from 'node-av/lib';
import { expectOk, expectPresent } from './ffmpeg.ts';
import { InputFile, openContainer, type DecodedFrame } from './input-file.ts';
import {
  FrameAdapter,
  readStreamShape,
  sameShape,
  shapeOf,
  sourceArguments,
  type FrameShape,
} from './frame-shape.ts';
import type { GraphInput, MeasuredLoudness } from './render-graph.ts';

/** How far beyond the wanted end is read, in seconds, so that reordered and late frames still come. */
const readBeyondSeconds = 1;

/** Silence, as FFmpeg's meter says it (−inf) and as we do. */
const silenceLufs = -70;
const silenceDbtp = -120;

/** A stream on its way into the graph. */
type Source = {
  readonly shape: FrameShape;
  readonly context: FilterContext;
  adapter: { shape: FrameShape; adapter: FrameAdapter } | undefined;
  ended: boolean;
};

/** An input with what is open of it. */
type OpenInput = {
  readonly input: GraphInput;
  readonly sources: ReadonlyMap<number, Source>;
  file: InputFile | undefined;
  finished: boolean;
};

/** An end of the graph, where finished frames come out. */
export type Sink = {
  readonly label: string;
  readonly media: 'video' | 'audio';
  readonly context: FilterContext;
  /** Of the frames that come out; known once the graph is configured. */
  timeBase: Rational;
};

/** Runs one filter graph over files: each step reads one packet of the input that is needed next. Child processes only. */
export class FilterRun {
  readonly #graph = new FilterGraph();
  readonly #inputs: OpenInput[] = [];
  readonly #frame = new Frame();
  readonly sinks: readonly Sink[];
  /** Told of every frame that a decoder hands over, needed or not: its time from the start of its file. */
  onDecoded: ((seconds: number) => void) | undefined;

  constructor(options: {
    inputs: readonly GraphInput[];
    filters: string;
    sinks: readonly { label: string; media: 'video' | 'audio' }[];
  }) {
    this.#frame.alloc();
    this.#graph.alloc();
    const shapes = readShapes(options.inputs);
    const openEnds = new Map<string, FilterContext>();
    for (const input of options.inputs) {
      const sources = new Map<number, Source>();
      for (const stream of input.streams) {
        const shape = expectPresent(shapes.get(`${stream.index} ${input.path}`), `stream ${stream.index}`);
        const filter = expectPresent(
          Filter.getByName(shape.media === 'video' ? 'buffer' : 'abuffer'),
          'buffer',
        );
        const context = expectPresent(
          this.#graph.createFilter(filter, `in_${stream.label}`, sourceArguments(shape)),
          `source filter for ${sourceArguments(shape)}`,
        );
        sources.set(stream.index, { shape, context, adapter: undefined, ended: false });
        openEnds.set(stream.label, context);
      }
      this.#inputs.push({ input, sources, file: undefined, finished: false });
    }
    this.sinks = options.sinks.map(({ label, media }) => {
      const filter = expectPresent(
        Filter.getByName(media === 'video' ? 'buffersink' : 'abuffersink'),
        'buffersink',
      );
      const context = expectPresent(this.#graph.createFilter(filter, `out_${label}`), 'sink');
      return { label, media, context, timeBase: new Rational(1, 1) };
    });
    this.#parse(options.filters, openEnds);
    expectOk(this.#graph.configSync(), 'The filter graph cannot be configured');
    for (const sink of this.sinks) sink.timeBase = sink.context.buffersinkGetTimeBase();
  }

  /** Builds the graph from its text and joins its open ends to sources and sinks by their labels. */
  #parse(filters: string, sources: ReadonlyMap<string, FilterContext>): void {
    const segment = expectPresent(this.#graph.segmentParse(filters), 'such filter graph syntax');
    const inputs = new FilterInOut();
    const outputs = new FilterInOut();
    try {
      expectOk(segment.createFilters(), 'The filters cannot be created');
      expectOk(segment.applyOpts(), 'The filters refuse their options');
      expectOk(segment.apply(inputs, outputs), 'The filters cannot be linked');
      for (const { name, context, pad } of openPads(inputs)) {
        const source = expectPresent(sources.get(name), `input for [${name}]`);
        expectOk(source.link(0, context, pad), `[${name}] cannot be linked`);
      }
      for (const { name, context, pad } of openPads(outputs)) {
        const sink = expectPresent(
          this.sinks.find(({ label }) => label === name),
          `output for [${name}]`,
        );
        expectOk(context.link(pad, sink.context, 0), `[${name}] cannot be linked`);
      }
    } finally {
      inputs.free();
      outputs.free();
      segment.free();
    }
  }

  /** Reads one packet and hands on all finished frames. @returns false when everything is through */
  step(onFrame: (sink: Sink, frame: Frame) => void): boolean {
    const next = this.#nextInput();
    if (next === undefined) {
      this.#drain(onFrame);
      return false;
    }
    this.#advance(next);
    this.#drain(onFrame);
    return true;
  }

  /** The unfinished input whose place in the output comes first. */
  #nextInput(): OpenInput | undefined {
    let next: OpenInput | undefined;
    let nextSeconds = Number.POSITIVE_INFINITY;
    for (const candidate of this.#inputs) {
      if (candidate.finished) continue;
      const { input, file } = candidate;
      const ahead = file === undefined ? 0 : Math.max(0, file.lastSeconds - input.fromSeconds) / input.speed;
      if (input.neededAtSeconds + ahead < nextSeconds) {
        next = candidate;
        nextSeconds = input.neededAtSeconds + ahead;
      }
    }
    return next;
  }

  #advance(open: OpenInput): void {
    open.file ??= new InputFile(open.input.path, {
      streams: [...open.sources.keys()],
      fromSeconds: open.input.fromSeconds,
      threads: 0,
    });
    const { file } = open;
    const more = file.step((decoded) => this.#feed(open, decoded));
    const isBeyond = file.lastSeconds > open.input.toSeconds + readBeyondSeconds;
    if (more && !isBeyond && [...open.sources.values()].some((source) => !source.ended)) return;
    for (const source of open.sources.values()) this.#end(source);
    open.finished = true;
    file.close();
    open.file = undefined;
  }

  #feed(open: OpenInput, { streamIndex, frame, seconds }: DecodedFrame): void {
    this.onDecoded?.(seconds);
    const source = open.sources.get(streamIndex);
    if (source === undefined || source.ended) return;
    const shape = shapeOf(frame);
    const { timeBaseDen } = source.shape;
    frame.pts = BigInt(Math.round((seconds - open.input.fromSeconds) * timeBaseDen));
    if (sameShape(shape, source.shape)) {
      this.#push(open, source, streamIndex, frame);
      return;
    }
    // The stream changes its size or format midway, or is not what its header said: made to fit.
    if (source.adapter === undefined || !sameShape(source.adapter.shape, shape)) {
      source.adapter?.adapter.close();
      source.adapter = { shape, adapter: new FrameAdapter(shape, source.shape) };
    }
    source.adapter.adapter.convert(frame, (converted) => this.#push(open, source, streamIndex, converted));
  }

  #push(open: OpenInput, source: Source, streamIndex: number, frame: Frame): void {
    const result = source.context.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_PUSH);
    if (result === AVERROR_EOF) {
      // The graph wants no more of this stream.
      source.ended = true;
      open.file?.dropStream(streamIndex);
      return;
    }
    expectOk(result, 'A frame cannot be filtered');
  }

  #end(source: Source): void {
    source.adapter?.adapter.close();
    source.adapter = undefined;
    if (!source.ended) source.context.buffersrcAddFrameSync(null, AV_BUFFERSRC_FLAG_PUSH);
    source.ended = true;
  }

  #drain(onFrame: (sink: Sink, frame: Frame) => void): void {
    for (const sink of this.sinks) {
      while (sink.context.buffersinkGetFrameSync(this.#frame) >= 0) {
        onFrame(sink, this.#frame);
        this.#frame.unref();
      }
    }
  }

  /** What each `ebur128@name` filter has measured so far. */
  readLoudness(): Record<string, MeasuredLoudness> {
    const measured: Record<string, MeasuredLoudness> = {};
    for (const context of this.#graph.filters ?? []) {
      const name = /^ebur128@(.+)$/u.exec(context.name ?? '')?.[1];
      if (name === undefined) continue;
      const read = (option: string, silence: number) => {
        const value = context.getOption(option, AV_OPT_TYPE_DOUBLE) ?? silence;
        return Number.isFinite(value) ? Math.max(value, silence) : silence;
      };
      measured[name] = {
        integratedLufs: read('integrated', silenceLufs),
        rangeLu: read('range', 0),
        truePeakDbtp: read('true_peak', silenceDbtp),
      };
    }
    return measured;
  }

  close(): void {
    for (const open of this.#inputs) open.file?.close();
    this.#frame.free();
    this.#graph.free();
  }
}

/** The pads that a parsed text left open. */
function openPads(list: FilterInOut): { name: string; context: FilterContext; pad: number }[] {
  const pads = [];
  for (let end: FilterInOut | null = list; end !== null && end.name !== null; end = end.next) {
    pads.push({ name: end.name, context: expectPresent(end.filterCtx, 'filter'), pad: end.padIdx });
  }
  return pads;
}

/** Reads the shape of every stream from its file's header, each file once. */
function readShapes(inputs: readonly GraphInput[]): Map<string, FrameShape> {
  const shapes = new Map<string, FrameShape>();
  for (const path of new Set(inputs.map((input) => input.path))) {
    const container = openContainer(path);
    for (const stream of container.streams) {
      const shape = readStreamShape(stream);
      if (shape !== undefined) shapes.set(`${stream.index} ${path}`, shape);
    }
    container.closeInputSync();
  }
  return shapes;
}
