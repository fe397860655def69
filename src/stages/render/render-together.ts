import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { FileOutput, RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { writeAss, type AssScript } from '../captions/write-ass.ts';
import { stageKey, type StageCache, type StageContext } from '../stage.ts';
import { encodedPicture, encodedSound, mp4Options } from './encoding.ts';
import type { FoundAsset, GraphPart } from './graph-part.ts';
import { mergeParts } from './merge-graphs.ts';
import { pictureGraph } from './picture-graph.ts';
import {
  assertWhole,
  findAssets,
  previewSize,
  rememberLevelling,
  renderWork,
  type RenderRequest,
} from './render.ts';
import { soundGraph, type Levelling } from './sound-graph.ts';

/** A timeline, and where its film goes. */
export type RenderTarget = { readonly timeline: Timeline; readonly outputPath: string };

/** Each encoder holds its own look-ahead in memory: about 150 MB at 1080×1920. */
export const mostTogether = 4;

/**
 * Renders timelines in one process, in which each source that they share is decoded and scaled once. Each encoder gets the very pictures
 * and sounds that `renderTimeline` gives it, and the films are kept in the same cache. At most {@link mostTogether}; those that share
 * nothing gain nothing.
 * @returns of each whether it was rendered anew
 * @throws as `renderTimeline`
 */
export async function renderTogether(
  targets: readonly RenderTarget[],
  request: Omit<RenderRequest, 'outputPath'>,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<{ fresh: boolean }[]> {
  const wanted = targets.map((target): Wanted => {
    const script = writeAss(target.timeline, { baseFolder: request.baseFolder });
    const work = renderWork(target.timeline, script, request.preview);
    return { ...target, script, work, key: stageKey(work) };
  });
  // The same film asked for twice is rendered once, and found the second time.
  const firsts = wanted.filter((one, index) => wanted.findIndex(({ key }) => key === one.key) === index);
  const gathering = gather(firsts.length, (missing) => renderAll(missing, request, ports, context));
  const results = new Map<string, { fresh: boolean }>();
  const settled = await Promise.allSettled(
    firsts.map(async (one) => {
      let isAsked = false;
      try {
        const run = (temporaryPath: string) => {
          isAsked = true;
          return gathering.ask({ ...one, path: temporaryPath });
        };
        results.set(one.key, await ports.cache.rememberFile({ ...one.work, run }, one.outputPath));
      } finally {
        if (!isAsked) gathering.pass();
      }
    }),
  );
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  const made: { fresh: boolean }[] = [];
  for (const one of wanted) {
    if (firsts.includes(one)) made.push(results.get(one.key) ?? { fresh: true });
    else {
      const run = (path: string) => renderAll([{ ...one, path }], request, ports, context);
      made.push(await ports.cache.rememberFile({ ...one.work, run }, one.outputPath));
    }
  }
  return made;
}

type Wanted = RenderTarget & {
  readonly script: AssScript | undefined;
  readonly work: ReturnType<typeof renderWork>;
  readonly key: string;
};

type Missing = Wanted & { readonly path: string };

/** Waits until each of `count` has either asked or passed, then does all that was asked for at once. */
function gather(count: number, run: (asked: readonly Missing[]) => Promise<void>) {
  const asked: Missing[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let open = count;
  const close = () => {
    open -= 1;
    if (open > 0) return;
    if (asked.length === 0) resolve();
    else run(asked).then(resolve, reject);
  };
  return {
    ask(one: Missing): Promise<void> {
      asked.push(one);
      close();
      return promise;
    },
    pass: close,
  };
}

async function renderAll(
  missing: readonly Missing[],
  request: Omit<RenderRequest, 'outputPath'>,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<void> {
  const parts: SharedTimeline[] = [];
  for (const { timeline, script, path } of missing) {
    const assets = await findAssets(timeline, request.baseFolder, context.signal);
    const levelling = await rememberLevelling(timeline, assets, ports.cache, context.signal);
    parts.push({ timeline, script, path, assets, levelling });
  }
  const graph = sharedGraph(parts, request.preview);
  const total = graph.durationSeconds;
  context.report({ done: 0, total, unit: 's' });
  const { counts } = await runRender(graph, {
    signal: context.signal,
    onProgress: (done) => context.report({ done, total, unit: 's' }),
  });
  for (const [index, { timeline }] of missing.entries()) {
    const output = graph.outputs[index];
    assertWhole(timeline, output?.kind === 'file' ? counts[output.streams[0]?.label ?? ''] : undefined);
  }
  context.report({ done: total, total, unit: 's' });
}

/** A timeline with all that its graph is made of. */
export type SharedTimeline = {
  readonly timeline: Timeline;
  readonly script: AssScript | undefined;
  readonly path: string;
  readonly assets: ReadonlyMap<string, FoundAsset>;
  readonly levelling: Levelling | undefined;
};

/** Timelines as one filter graph with an MP4 file each, in their order: plain data. @throws input.too_many_together */
export function sharedGraph(parts: readonly SharedTimeline[], preview: boolean): RenderGraph {
  if (parts.length > mostTogether) {
    throw new PatternPivotError(
      'input.too_many_together',
      `${parts.length} films at once, at most ${mostTogether} are rendered together.`,
    );
  }
  const files = new Map<string, RenderGraph['files'][number]>();
  const pictures = parts.map(({ timeline, assets, script }) => {
    const folder = script === undefined ? undefined : placeScript(script, files);
    const canvas = preview ? previewSize(timeline) : timeline;
    const captionFile = folder === undefined ? undefined : posix.join(folder, captionName);
    return pictureGraph(timeline, assets, { canvas, captionFile });
  });
  const picture = mergeParts(pictures, 'picture', 'p');
  const encoded = encodedSound('sound');
  const sounds = new Map<string, GraphPart>();
  const soundKeys = parts.map(({ timeline, assets, levelling }) => {
    const { inputs, lines } = soundGraph(timeline, assets, levelling);
    const part = { inputs, lines: [...lines, encoded.line] };
    const key = JSON.stringify(part);
    sounds.set(key, part);
    return key;
  });
  const sound = mergeParts([...sounds.values()], encoded.stream.label, 's');
  const soundOrder = [...sounds.keys()];
  return {
    inputs: [...picture.inputs, ...sound.inputs],
    filters: [...picture.lines, ...sound.lines].join(';\n'),
    outputs: parts.map(({ timeline, path }, index): FileOutput => {
      const soundLabel = sound.ends[soundOrder.indexOf(soundKeys[index] ?? '')] ?? '';
      return {
        kind: 'file',
        path,
        format: 'mp4',
        formatOptions: mp4Options,
        streams: [
          encodedPicture(picture.ends[index] ?? '', timeline.frameRate, preview ? 'preview' : 'final'),
          { ...encoded.stream, label: soundLabel },
        ],
      };
    }),
    durationSeconds: Math.max(
      ...parts.map(
        ({ timeline: { durationFrames, frameRate } }) => (durationFrames * frameRate.den) / frameRate.num,
      ),
    ),
    files: [...files.values()],
  };
}

const captionName = 'captions.ass';

/** Each script has a folder of its own, by its content, so that it finds the fonts that it would find alone. @returns the folder */
function placeScript(script: AssScript, files: Map<string, RenderGraph['files'][number]>): string {
  const fonts = script.fontFiles.map(({ name, path }) => ({ name, path }));
  const hash = createHash('sha256')
    .update(JSON.stringify({ text: script.text, fonts }))
    .digest('hex');
  const folder = `c${hash.slice(0, 16)}`;
  files.set(`${folder}/${captionName}`, { name: `${folder}/${captionName}`, text: script.text });
  for (const { name, path } of fonts) {
    files.set(`${folder}/${name}`, { name: `${folder}/${name}`, copyOf: path });
  }
  return folder;
}
