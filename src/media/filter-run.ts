import { AV_OPT_TYPE_DOUBLE } from 'node-av/constants';
import { Filter, FilterGraph, FilterInOut, Frame, Rational, type FilterContext } from 'node-av/lib';
import type { Rational as TimeRational } from '../domain/time.ts';
import { FileFeed } from './feed-file.ts';
import { PictureFeed } from './feed-pictures.ts';
import { SoundFeed, soundShape } from './feed-sound.ts';
import { expectOk, expectPresent } from './ffmpeg.ts';
import { readStreamShape, sourceArguments, type FrameShape } from './frame-shape.ts';
import { GraphInlet, type Feed } from './graph-inlet.ts';
import { openContainer } from './input-file.ts';
import type { GraphInput, MeasuredLoudness } from './render-graph.ts';

/** Silence, as FFmpeg's meter says it (−inf) and as we do. */
const silenceLufs = -70;
const silenceDbtp = -120;

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
  readonly #feeds: Feed[];
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
    const openEnds = new Map<string, FilterContext>();
    const shapes = readShapes(options.inputs);
    const addInlet = (label: string, shape: FrameShape, rate?: TimeRational) => {
      const filter = expectPresent(
        Filter.getByName(shape.media === 'video' ? 'buffer' : 'abuffer'),
        'buffer',
      );
      const context = expectPresent(
        this.#graph.createFilter(filter, `in_${label}`, sourceArguments(shape, rate)),
        `source filter for ${sourceArguments(shape, rate)}`,
      );
      openEnds.set(label, context);
      return new GraphInlet(context, shape);
    };
    this.#feeds = options.inputs.map((input) => {
      if (!('kind' in input)) {
        const inlets = input.streams.map(
          ({ index, label }) => [index, addInlet(label, shapes(input.path, index))] as const,
        );
        return new FileFeed(input, new Map(inlets), (seconds) => this.onDecoded?.(seconds));
      }
      if (input.kind === 'sound') return new SoundFeed(input, addInlet(input.label, soundShape));
      const shape = shapes(input.path, input.streamIndex);
      return new PictureFeed(input, addInlet(input.label, shape, input.frameRate));
    });
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
    const next = this.#nextFeed();
    next?.advance();
    this.#drain(onFrame);
    return next !== undefined;
  }

  /** The unfinished feed whose place in the output comes first. */
  #nextFeed(): Feed | undefined {
    let next: Feed | undefined;
    for (const feed of this.#feeds) {
      if (!feed.isFinished && (next === undefined || feed.nextSeconds < next.nextSeconds)) next = feed;
    }
    return next;
  }

  #drain(onFrame: (sink: Sink, frame: Frame) => void): void {
    for (const sink of this.sinks) {
      while (sink.context.buffersinkGetFrameSync(this.#frame) >= 0) {
        onFrame(sink, this.#frame);
        this.#frame.unref();
      }
    }
  }

  /** How many pictures the decoders of pieces have handed over so far. */
  get decodedPictures(): number {
    return this.#feeds.reduce((sum, feed) => sum + (feed instanceof PictureFeed ? feed.decoded : 0), 0);
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
    for (const feed of this.#feeds) if (!feed.isFinished) feed.close();
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
function readShapes(inputs: readonly GraphInput[]): (path: string, streamIndex: number) => FrameShape {
  const shapes = new Map<string, FrameShape>();
  const read = new Set<string>();
  for (const input of inputs) {
    if (('kind' in input && input.kind === 'sound') || read.has(input.path)) continue;
    read.add(input.path);
    const container = openContainer(input.path, 'kind' in input && input.isImage);
    for (const stream of container.streams) {
      const shape = readStreamShape(stream);
      if (shape !== undefined) shapes.set(`${stream.index} ${input.path}`, shape);
    }
    container.closeInputSync();
  }
  return (path, index) => expectPresent(shapes.get(`${index} ${path}`), `stream ${index}`);
}
