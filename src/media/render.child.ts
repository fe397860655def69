import { rmSync } from 'node:fs';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Frame } from 'node-av/lib';
import { serveParent, type MethodContext } from '../process/child.ts';
import { collectFfmpegLog, explainFailure } from './ffmpeg.ts';
import { FilterRun, type Sink } from './filter-run.ts';
import { FileWriter } from './file-writer.ts';
import type { FileOutput, Mark, MeasureOutput, RenderGraph, RenderResult } from './render-graph.ts';

/** The child that renders: it runs one graph and ends. */

/** How often the parent's messages are looked at, in ms. */
const yieldEveryMs = 40;

/** How often progress is told, in ms. */
const progressEveryMs = 200;

collectFfmpegLog();
// When the parent was killed nobody else removes the private folder. Before `serveParent`, whose listener ends the process.
const folder = process.cwd();
process.on('disconnect', () => rmSync(folder, { recursive: true, force: true }));
serveParent({ render });

async function render(graph: RenderGraph, { signal, emit }: MethodContext): Promise<RenderResult> {
  try {
    return await runGraph(graph, signal, emit);
  } catch (error) {
    throw await explainFailure(error, 'tool.render_failed', {
      inputs: graph.inputs.flatMap((input) =>
        'path' in input ? input.path : [...new Set(input.pieces.map(({ path }) => path))],
      ),
      outputs: graph.outputs.map((output) => (output.kind === 'file' ? output.path : output.label)),
    });
  }
}

async function runGraph(
  graph: RenderGraph,
  signal: AbortSignal,
  emit: (event: unknown) => void,
): Promise<RenderResult> {
  const files = graph.outputs.filter((output): output is FileOutput => output.kind === 'file');
  const measures = graph.outputs.filter((output): output is MeasureOutput => output.kind === 'measure');
  const run = new FilterRun({
    inputs: graph.inputs,
    filters: graph.filters,
    sinks: listSinks(files, measures),
  });
  const writers = files.map((file) => new FileWriter(file, run.sinks));
  const collector = new MarkCollector(measures);
  const counts: Record<string, number> = Object.fromEntries(run.sinks.map((sink) => [sink.label, 0]));
  let doneSeconds = 0;
  const onFrame = (sink: Sink, frame: Frame) => {
    counts[sink.label] = (counts[sink.label] ?? 0) + (sink.media === 'video' ? 1 : frame.nbSamples);
    const seconds = secondsOf(sink, frame);
    doneSeconds = Math.max(doneSeconds, seconds);
    collector.collect(sink, frame, seconds);
    for (const writer of writers) writer.write(sink, frame);
  };
  let yieldAtMs = performance.now() + yieldEveryMs;
  let tellAtMs = performance.now() + progressEveryMs;
  while (run.step(onFrame)) {
    const nowMs = performance.now();
    if (nowMs < yieldAtMs) continue;
    await yieldToEvents();
    signal.throwIfAborted();
    if (nowMs >= tellAtMs) {
      emit(doneSeconds);
      tellAtMs = nowMs + progressEveryMs;
    }
    yieldAtMs = performance.now() + yieldEveryMs;
  }
  for (const writer of writers) writer.finish();
  const loudness = run.readLoudness();
  const { decodedPictures } = run;
  run.close();
  return { marks: collector.marks, counts, decodedPictures, loudness };
}

/** What comes out of the graph, each once: several files may hold the same sound. */
function listSinks(
  files: readonly FileOutput[],
  measures: readonly MeasureOutput[],
): Pick<Sink, 'label' | 'media'>[] {
  const sinks = [
    ...files.flatMap((file) => file.streams.map(({ label, kind }) => ({ label, media: kind }))),
    ...measures.map(({ label, media }) => ({ label, media })),
  ];
  return [...new Map(sinks.map((sink) => [sink.label, sink])).values()];
}

function secondsOf(sink: Sink, frame: Frame): number {
  return (Number(frame.pts) * sink.timeBase.num) / sink.timeBase.den;
}

/** Keeps the marks of measuring filters, each when its value changes. */
class MarkCollector {
  readonly marks: Mark[] = [];
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #last = new Map<string, string>();

  constructor(measures: readonly MeasureOutput[]) {
    this.#keys = new Map(measures.map(({ label, keys }) => [label, keys]));
  }

  collect({ label }: Sink, frame: Frame, seconds: number): void {
    const keys = this.#keys.get(label);
    if (keys === undefined || keys.length === 0) return;
    const metadata = frame.getMetadata();
    const values = metadata.getAll();
    metadata.free();
    for (const key of keys) {
      const value = values[key];
      if (value === undefined || this.#last.get(`${label} ${key}`) === value) continue;
      this.#last.set(`${label} ${key}`, value);
      this.marks.push({ label, seconds, key, value });
    }
  }
}
