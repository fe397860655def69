import { spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cue, Timeline } from '../src/domain/timeline.ts';
import { soundSampleRateHz, type FileOutput, type RenderGraph } from '../src/media/render-graph.ts';
import { runRender } from '../src/media/run-render.ts';
import { probeMedia } from '../src/media/probe.ts';
import { writeAss } from '../src/stages/captions/write-ass.ts';
import { findLevelling } from '../src/stages/render/level-sound.ts';
import { findAssets, timelineGraph } from '../src/stages/render/render.ts';
import { makeMedia } from '../test/fixtures/make-media.ts';
import { makeClip, makeTimeline } from '../test/fixtures/make-timeline.ts';
import { recordingPath } from '../test/recordings.ts';

/** Rendering a clip against the ffmpeg command with the same graph and preset: ratio of wall times, analysis pass apart. */

const usage = 'npm run bench -- render [seconds of clip = 20] [runs of each = 3]';

/** Renders a clip both ways in turns and prints the medians and their ratio. */
export async function run(args: string[]): Promise<void> {
  const [seconds = 20, runs = 3] = args.map(Number);
  if (!(seconds > 0) || !(runs > 0)) throw new Error(usage);
  const version = spawnSync('ffmpeg', ['-version'], { encoding: 'utf8' }).stdout?.split('\n')[0];
  if (version === undefined || version === '') {
    console.log('Skipped: there is no ffmpeg command on this machine to compare with.');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'));
  try {
    const timeline = await planClip(folder, seconds);
    const assets = await findAssets(timeline, folder, new AbortController().signal);
    const analysisStart = performance.now();
    const levelling = await findLevelling(timeline, assets, { signal: new AbortController().signal });
    const analysisSeconds = (performance.now() - analysisStart) / 1000;
    const script = writeAss(timeline);
    const graphTo = (path: string) =>
      timelineGraph(timeline, assets, { path, preview: false, levelling, script });
    console.log(
      `${version}\n${seconds} s of 1080×1920 at 30 frames a second, captions burnt in, ${runs} runs each, in turns.`,
    );
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let index = 0; index < runs; index++) {
      ours.push(await time(async () => void (await runRender(graphTo(join(folder, 'ours.mp4'))))));
      theirs.push(await time(() => runCommand(graphTo(join(folder, 'theirs.mp4')), folder)));
      console.log(`  in process ${ours.at(-1)?.toFixed(2)} s   command ${theirs.at(-1)?.toFixed(2)} s`);
    }
    console.log(
      `Frames: ${await countFrames(folder, 'ours.mp4')} and ${await countFrames(folder, 'theirs.mp4')}.`,
    );
    console.log(`Median: in process ${median(ours).toFixed(2)} s, command ${median(theirs).toFixed(2)} s.`);
    console.log(`Ratio: ${(median(ours) / median(theirs)).toFixed(3)} (at most 1.1 is wanted).`);
    console.log(`Analysis pass (sound alone, not counted): ${analysisSeconds.toFixed(2)} s.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function planClip(folder: string, seconds: number): Promise<Timeline> {
  const recording = recordingPath('video/animated-film/film-part-1.mp4');
  const path =
    recording ??
    (await makeMedia({
      path: join(folder, 'made.mp4'),
      durationMs: (seconds + 10) * 1000,
      width: 1920,
      height: 1080,
      frameRate: '30',
    }));
  const info = await probeMedia(path);
  const frames = Math.floor(Math.min(seconds, info.durationMs / 1000 - 6) * 30);
  const clip = makeClip({ id: 'one', durationFrames: frames, sourceStartFrame: 150 });
  return makeTimeline(path, [clip], {
    frameRate: { num: 30, den: 1 },
    width: 1080,
    height: 1920,
    captions: { style: 'pop', cues: makeCues(Math.floor(frames / 30)) },
  });
}

function makeCues(seconds: number): Cue[] {
  return Array.from({ length: seconds }, (_, second) => {
    const place = (fromMs: number, toMs: number) => ({
      startMs: second * 1000 + fromMs,
      endMs: second * 1000 + toMs,
      sourceStartMs: 0,
      sourceEndMs: 0,
      assetId: 'talk',
    });
    return {
      startMs: second * 1000,
      endMs: second * 1000 + 1000,
      words: [
        { text: 'Words', ...place(0, 500) },
        { text: 'here', ...place(500, 1000) },
      ],
    };
  });
}

/** The same graph as an argument list of the ffmpeg command. */
function commandArguments(graph: RenderGraph): string[] {
  let { filters } = graph;
  const inputs = graph.inputs.flatMap((input, index) => {
    if (!('kind' in input)) throw new Error('A timeline reads pieces.');
    const [piece] = input.pieces;
    if (piece === undefined || input.pieces.length > 1)
      throw new Error('The command reads one piece of a file.');
    const { path, streamIndex } = input.kind === 'sound' ? input.pieces[0]! : input;
    const seconds =
      input.kind === 'sound'
        ? input.samples / soundSampleRateHz
        : (input.pieces[0]!.frames * input.frameRate.den) / input.frameRate.num;
    // What our reading does before the graph, the command has to do in it.
    const conform =
      input.kind === 'sound'
        ? `aresample=${soundSampleRateHz}:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,apad=whole_len=${input.samples},atrim=end_sample=${input.samples}`
        : `fps=fps=${input.frameRate.num}/${input.frameRate.den}:start_time=0:round=near,trim=end_frame=${input.pieces[0]!.frames}`;
    filters = filters.replaceAll(`[${input.label}]`, `[${index}:${streamIndex}]${conform},`);
    const from = piece.fromSeconds.toFixed(6);
    return ['-noautorotate', '-ss', from, '-t', seconds.toFixed(6), '-i', `file:${path}`];
  });
  const file = graph.outputs[0] as FileOutput;
  const encoders = file.streams.flatMap(({ label, kind, encoder, options }) => {
    const specifier = kind === 'video' ? 'v' : 'a';
    const own = Object.entries(options).flatMap(([name, value]) => [`-${name}:${specifier}`, value]);
    return ['-map', `[${label}]`, `-c:${specifier}`, encoder, ...own];
  });
  const muxer = Object.entries(file.formatOptions).flatMap(([name, value]) => [`-${name}`, value]);
  return [
    '-v',
    'error',
    '-y',
    ...inputs,
    '-filter_complex',
    filters,
    ...encoders,
    ...muxer,
    '-f',
    file.format,
    file.path,
  ];
}

async function runCommand(graph: RenderGraph, folder: string): Promise<void> {
  for (const file of graph.files) {
    if ('text' in file) await writeFile(join(folder, file.name), file.text);
    else await copyFile(file.copyOf, join(folder, file.name));
  }
  await new Promise<void>((resolve, reject) => {
    const child = spawn('ffmpeg', commandArguments(graph), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ffmpeg: ${stderr}`))));
  });
}

async function time(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function countFrames(folder: string, name: string): Promise<number> {
  const path = join(folder, name);
  const info = await probeMedia(path);
  const video = info.video[0];
  const { counts } = await runRender({
    inputs: [
      {
        path,
        fromSeconds: 0,
        toSeconds: info.durationMs / 1000,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: video?.index ?? 0, label: 'in' }],
      },
    ],
    filters: '[in]null[out]',
    outputs: [{ kind: 'measure', media: 'video', label: 'out', keys: [] }],
    durationSeconds: info.durationMs / 1000,
    files: [],
  });
  return counts['out'] ?? 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
