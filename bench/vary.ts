import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cue, Timeline } from '../src/domain/timeline.ts';
import { probeMedia } from '../src/media/probe.ts';
import { runRender } from '../src/media/run-render.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { stageKey } from '../src/stages/stage.ts';
import { renderTogether } from '../src/stages/render/render-together.ts';
import { renderTimeline } from '../src/stages/render/render.ts';
import { makeMedia } from '../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../test/fixtures/make-timeline.ts';
import { recordingPath } from '../test/recordings.ts';

/** Four variations that share a cut, rendered together and one by one: ratio of wall times and of processor times. */

const usage = 'npm run bench -- vary [seconds of clip = 15] [runs of each = 3]';

/** What is wanted of the ratio of the medians. */
const wantedRatio = 0.87;

/** Renders four caption styles of one cut both ways in turns, and prints the medians and their ratio. */
export async function run(args: string[]): Promise<void> {
  const [seconds = 15, runs = 3] = args.map(Number);
  if (!(seconds > 0) || !(runs > 0)) throw new Error(usage);
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'));
  try {
    const variations = await planVariations(folder, seconds);
    const request = { preview: false, baseFolder: folder };
    const cache = levelOnce();
    const context = makeContext();
    const pathOf = (how: string, index: number) => join(folder, `${how}-${index}.mp4`);
    const ways = {
      together: async () => {
        const targets = variations.map((timeline, index) => ({
          timeline,
          outputPath: pathOf('together', index),
        }));
        await renderTogether(targets, request, { cache }, context);
      },
      separately: async () => {
        for (const [index, timeline] of variations.entries()) {
          const outputPath = pathOf('separately', index);
          await renderTimeline(timeline, { ...request, outputPath }, { cache }, context);
        }
      },
    };
    // The level of the sound is found once for all, so neither way pays for it.
    const [first] = variations;
    if (first === undefined) return;
    const short = { ...request, preview: true, outputPath: join(folder, 'level.mp4') };
    await renderTimeline(first, short, { cache }, context);
    console.log(
      `4 variations of ${seconds} s of 1080×1920 at 30 frames a second, of a source of 1920×1080, ${runs} runs each, in turns; load ${loadavg()[0]?.toFixed(1)}.`,
    );
    const wall: Record<keyof typeof ways, number[]> = { together: [], separately: [] };
    const processor: Record<keyof typeof ways, number[]> = { together: [], separately: [] };
    for (let index = 0; index < runs; index++) {
      // Whoever comes first meets another load: they take turns at that too.
      const order = ['together', 'separately'] as const;
      for (const name of index % 2 === 0 ? order : order.toReversed()) {
        const [wallStart, processorStart] = [performance.now(), childSeconds()];
        await ways[name]();
        wall[name].push((performance.now() - wallStart) / 1000);
        processor[name].push(childSeconds() - processorStart);
      }
      console.log(
        `  together ${wall.together.at(-1)?.toFixed(1)} s (processor ${processor.together.at(-1)?.toFixed(1)} s)   ` +
          `separately ${wall.separately.at(-1)?.toFixed(1)} s (processor ${processor.separately.at(-1)?.toFixed(1)} s)`,
      );
    }
    const ratio = median(wall.together) / median(wall.separately);
    console.log(
      `Medians: together ${median(wall.together).toFixed(2)} s, separately ${median(wall.separately).toFixed(2)} s.`,
    );
    console.log(`Ratio: ${ratio.toFixed(3)} (at most ${wantedRatio} is wanted).`);
    console.log(
      `Ratio of processor time: ${(median(processor.together) / median(processor.separately)).toFixed(3)}.`,
    );
    console.log(`Load ${loadavg()[0]?.toFixed(1)}.`);
    if (ratio > wantedRatio) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function planVariations(folder: string, seconds: number): Promise<Timeline[]> {
  const path = await makeSource(folder, seconds + 6);
  const frames = Math.floor(seconds * 30);
  const crop = { kind: 'crop' as const, keyframes: [{ frame: 0, x: 650, y: 0, width: 607.5, height: 1080 }] };
  const clip = makeClip({ id: 'one', durationFrames: frames, sourceStartFrame: 150, effects: [crop] });
  const cues = makeCues(Math.floor(frames / 30));
  return ['pop', 'boxed', 'clean', 'karaoke'].map((style) =>
    makeTimeline(path, [clip], {
      frameRate: { num: 30, den: 1 },
      width: 1080,
      height: 1920,
      captions: { style, cues },
    }),
  );
}

/** A recording as a camera writes it, 1920×1080 with a little noise; made where there is none. */
async function makeSource(folder: string, seconds: number): Promise<string> {
  const path = join(folder, 'source.mp4');
  const recording = recordingPath('video/animated-film/film-part-1.mp4');
  if (recording === undefined) {
    const durationMs = seconds * 1000;
    return makeMedia({ path, durationMs, width: 1920, height: 1080, frameRate: '30' });
  }
  const info = await probeMedia(recording);
  await runRender({
    inputs: [
      {
        kind: 'pictures',
        path: recording,
        streamIndex: info.video[0]?.index ?? 0,
        isImage: false,
        label: 'in',
        frameRate: { num: 30, den: 1 },
        filters: undefined,
        pieces: [{ fromSeconds: 0, frames: seconds * 30, speed: 1, neededAtSeconds: 0 }],
      },
      {
        path: recording,
        fromSeconds: 0,
        toSeconds: seconds,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: info.audio[0]?.index ?? 1, label: 'heard' }],
      },
    ],
    filters: [
      '[in]scale=1920:1080:flags=lanczos,setsar=1,noise=alls=4:allf=t,format=yuv420p[picture]',
      '[heard]aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024[sound]',
    ].join(';\n'),
    outputs: [
      {
        kind: 'file',
        path,
        format: 'mp4',
        formatOptions: {},
        streams: [
          { kind: 'video', label: 'picture', encoder: 'libx264', options: { preset: 'veryfast', crf: '20' } },
          { kind: 'audio', label: 'sound', encoder: 'aac', options: { b: '128000' } },
        ],
      },
    ],
    durationSeconds: seconds,
    files: [],
  });
  return path;
}

function makeCues(seconds: number): Cue[] {
  return Array.from({ length: seconds }, (_, second) => {
    const word = (text: string, fromMs: number, toMs: number) => ({
      text,
      startMs: second * 1000 + fromMs,
      endMs: second * 1000 + toMs,
      sourceStartMs: 0,
      sourceEndMs: 0,
      assetId: 'talk',
    });
    return {
      startMs: second * 1000,
      endMs: second * 1000 + 1000,
      words: [word('Words', 0, 500), word('here', 500, 1000)],
    };
  });
}

/** A cache that remembers how loud a sound is, and no film. */
function levelOnce(): StageCache {
  const found = new Map<string, unknown>();
  return {
    ...forgetfulCache,
    async remember(work) {
      const key = stageKey(work);
      if (!found.has(key)) found.set(key, await work.run());
      return work.schema.parse(found.get(key));
    },
  };
}

/** Processor time of all children that have ended, in seconds (proc(5), fields 16 and 17 in hundredths); NaN where there is no /proc. */
function childSeconds(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return Number.NaN;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
