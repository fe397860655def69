import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mainVideo } from '../src/domain/media.ts';
import type { Source } from '../src/domain/source.ts';
import { rationalToNumber, type Rational } from '../src/domain/time.ts';
import { openFrames } from '../src/media/open-frames.ts';
import { probeMedia } from '../src/media/probe.ts';
import { listShots } from '../src/stages/look/list-shots.ts';
import { chooseFrameRate } from '../src/stages/plan/frame-rate.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { recordingPath } from '../test/recordings.ts';
import { makeHardVideos, type TruthVideo } from './shots-made.ts';

/** Cuts: precision, recall and F1 against FFmpeg's scene filter and PySceneDetect, and how fast ranges are watched. */

const usage = 'npm run bench -- shots [real|made|all = all]';

/** A detector of cuts: finds, in seconds, of each video. */
type Detector = { readonly name: string; find(paths: readonly string[]): Promise<number[][]> };

type Score = { hits: number; missed: number; extra: number };

const forgets: StageCache = {
  remember: (work) => work.run(),
  rememberFile: () => Promise.reject(new Error('No file is made here.')),
};
const quiet = { signal: new AbortController().signal, report: () => {} };

/** Measures all detectors on all videos and prints the tables. */
export async function run(args: string[]): Promise<void> {
  const which = args[0] ?? 'all';
  if (!['real', 'made', 'all'].includes(which)) throw new Error(usage);
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'));
  try {
    const detectors = [ours, ...sceneFilters(), ...(await sceneDetectors(folder))];
    if (which !== 'made') {
      await compare('Recordings with truth', realVideos(), detectors);
      await measureSpeed();
    }
    if (which !== 'real') {
      const made = makeHardVideos(folder);
      if (made === undefined) console.log('The made videos are skipped: no recordings or no ffmpeg command.');
      else await compare('Made to be hard, truth exact', made, detectors);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every video with truth that is on this machine. */
function realVideos(): TruthVideo[] {
  const film = readTruth<{ cut_frames: number[]; ambiguous_frames: number[] }>(
    'video/animated-film/cuts.json',
  );
  const talk = readTruth<{ cuts_frames: number[] }>('video/assembled/grid_two_person_dialogue.gt.json');
  const one = (
    name: string,
    file: string,
    truth: readonly number[],
    tolerance = 2,
    ambiguous: number[] = [],
  ) => {
    const path = recordingPath(file);
    return path === undefined ? [] : [{ name, path, truth, tolerance, ambiguous }];
  };
  const faces = [
    'RD_Radio2_000',
    'WDA_AlexandriaOcasioCortez_000',
    'WDA_EdMarkey0_000',
    'retalking-1',
    'retalking-3',
  ];
  return [
    ...one(
      'animated film',
      'video/animated-film/film-part-1.mp4',
      film?.cut_frames ?? [],
      2,
      film?.ambiguous_frames,
    ),
    ...one('two people', 'video/two-people-silent/two_people_3rooms.webm', [1035, 2175]),
    ...one('assembled talk', 'video/assembled/grid_two_person_dialogue.mp4', talk?.cuts_frames ?? []),
    // shots.gt.json: what PySceneDetect's own tests expect, with its tolerances. The hard appearance out of black at the
    // start (its 15, the middle of the black) may be given as 30, and the dissolve at 546, which it leaves out, is one.
    ...one('fades and a dissolve', 'shots/testvideo.mp4', [199, 380], 6, [15, 30, 546]),
    ...one('fades of one colour', 'shots/fades.mp4', [84, 167, 245], 3),
    ...one('variable rate', 'shots/goldeneye-vfr-drop3.mp4', [90, 210], 3),
    ...one('still image', 'video/still-image-audiobook/manifesto.mp4', []),
    ...one('time code', 'video/time-code/example.mp4', []),
    ...faces.flatMap((name) => one(name, `video/close-up-speakers/${name}.mp4`, [])),
  ];
}

function readTruth<T>(file: string): T | undefined {
  const path = recordingPath(file);
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as T);
}

const ours: Detector = {
  name: 'ours',
  async find(paths) {
    const found: number[][] = [];
    for (const path of paths) {
      const { frameRate, shots } = await listShots(
        await openPlain(path),
        undefined,
        { cache: forgets },
        quiet,
      );
      found.push(shots.slice(1).map((shot) => shot.startFrame / rationalToNumber(frameRate)));
    }
    return found;
  },
};

async function openPlain(path: string): Promise<Source> {
  return { path, contentHash: `sha256:${'0'.repeat(64)}`, info: await probeMedia(path) };
}

/** FFmpeg's scene filter, as most recipes use it, and more and less sensitive. */
function sceneFilters(): Detector[] {
  if (spawnSync('ffmpeg', ['-version']).status !== 0) {
    console.log("FFmpeg's scene filter is left out: there is no ffmpeg command on this machine.");
    return [];
  }
  return [0.2, 0.3, 0.4].map((threshold) => ({
    name: `ffmpeg ${threshold}`,
    find: (paths) =>
      Promise.resolve(
        paths.map((path) => {
          const filters = `select='gt(scene,${threshold})',metadata=print:file=-`;
          const args = ['-v', 'error', '-i', path, '-an', '-vf', filters, '-f', 'null', '-'];
          const { stdout } = spawnSync('ffmpeg', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
          return [...stdout.matchAll(/pts_time:([\d.]+)/gu)].map(([, seconds]) => Number(seconds));
        }),
      ),
  }));
}

/** PySceneDetect's detectors with their defaults; fades are found by a second one, as its manual says. */
async function sceneDetectors(folder: string): Promise<Detector[]> {
  const python = findPython(folder);
  if (python === undefined) {
    console.log(
      'PySceneDetect is left out: it is not installed, and could not be (PATTERNPIVOT_PYTHON names a python that has it).',
    );
    return [];
  }
  const script = join(folder, 'detect.py');
  await writeFile(
    script,
    [
      'import json, sys',
      'from scenedetect import detect, AdaptiveDetector, ContentDetector, SceneManager, ThresholdDetector, open_video',
      'kind = sys.argv[1]',
      'for path in sys.argv[2:]:',
      '    manager = SceneManager()',
      "    if kind == 'content': manager.add_detector(ContentDetector())",
      '    else: manager.add_detector(AdaptiveDetector())',
      "    if kind == 'both': manager.add_detector(ThresholdDetector())",
      '    manager.detect_scenes(open_video(path))',
      '    print(json.dumps([scene[0].get_seconds() for scene in manager.get_scene_list()[1:]]))',
    ].join('\n'),
  );
  return (
    [
      ['adaptive', 'pyscenedetect'],
      ['both', 'pyscenedetect + fades'],
      ['content', 'pyscenedetect content'],
    ] as const
  ).map(([kind, name]) => ({
    name,
    find: (paths) => {
      const { stdout, stderr, status } = spawnSync(python, [script, kind, ...paths], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`PySceneDetect failed: ${stderr.slice(-500)}`);
      return Promise.resolve(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as number[]),
      );
    },
  }));
}

/** A python that has PySceneDetect: one that is named, else a new environment in the folder. */
function findPython(folder: string): string | undefined {
  const has = (python: string) => spawnSync(python, ['-c', 'import scenedetect, cv2']).status === 0;
  const named = process.env['PATTERNPIVOT_PYTHON'] ?? 'python3';
  if (has(named)) return named;
  const environment = join(folder, 'python');
  if (spawnSync('python3', ['-m', 'venv', environment]).status !== 0) return undefined;
  const python = join(environment, 'bin', 'python');
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', 'scenedetect==0.7.2', 'opencv-python-headless']);
  return existsSync(python) && has(python) ? python : undefined;
}

async function compare(
  title: string,
  videos: readonly TruthVideo[],
  detectors: readonly Detector[],
): Promise<void> {
  if (videos.length === 0) return console.log(`${title}: skipped, none of them is on this machine.`);
  const paths = videos.map(({ path }) => path);
  const rates = await Promise.all(paths.map(readRate));
  console.log(`\n${title}: found / missed / extra (a find counts within so many frames)\n`);
  const scores: Score[][] = [];
  for (const detector of detectors) {
    const startedAt = performance.now();
    const found = await detector.find(paths);
    const seconds = (performance.now() - startedAt) / 1000;
    scores.push(videos.map((video, index) => scoreFinds(video, found[index] ?? [], rates[index]!)));
    console.log(`  ${detector.name.padEnd(24)} ${seconds.toFixed(1)} s`);
  }
  const width = 13;
  const cell = (text: string) => text.padStart(width);
  console.log(`\n${'± frames'.padEnd(32)}${detectors.map(({ name }) => cell(name.slice(-12))).join('')}`);
  for (const [index, video] of videos.entries()) {
    const cells = scores.map((of) => cell(`${of[index]!.hits}/${of[index]!.missed}/${of[index]!.extra}`));
    console.log(`${`${video.name} ±${video.tolerance}`.padEnd(32)}${cells.join('')}`);
  }
  for (const [name, measure] of Object.entries(measures)) {
    const cells = scores.map((of) => cell(measure(sumScores(of)).toFixed(3)));
    console.log(`${name.padEnd(32)}${cells.join('')}`);
  }
}

const measures: Readonly<Record<string, (score: Score) => number>> = {
  precision: ({ hits, extra }) => hits / Math.max(1, hits + extra),
  recall: ({ hits, missed }) => hits / Math.max(1, hits + missed),
  F1: ({ hits, missed, extra }) => (2 * hits) / Math.max(1, 2 * hits + missed + extra),
};

function sumScores(scores: readonly Score[]): Score {
  const sum = { hits: 0, missed: 0, extra: 0 };
  for (const score of scores) {
    sum.hits += score.hits;
    sum.missed += score.missed;
    sum.extra += score.extra;
  }
  return sum;
}

/** Pairs each cut with the nearest find within the tolerance, each find once. */
function scoreFinds(video: TruthVideo, seconds: readonly number[], rate: Rational): Score {
  const frames = seconds.map((at) => Math.round(at * rationalToNumber(rate)));
  const left = new Set(frames.keys());
  let hits = 0;
  for (const cut of video.truth) {
    let best: number | undefined;
    for (const index of left) {
      const away = Math.abs(frames[index]! - cut);
      if (away <= video.tolerance && (best === undefined || away < Math.abs(frames[best]! - cut)))
        best = index;
    }
    if (best === undefined) continue;
    left.delete(best);
    hits += 1;
  }
  const isAmbiguous = (index: number) =>
    (video.ambiguous ?? []).some((frame) => Math.abs(frames[index]! - frame) <= Math.max(2, video.tolerance));
  const extra = [...left].filter((index) => !isAmbiguous(index));
  if (process.env['BENCH_SHOTS_SAY'] !== undefined) {
    const missed = video.truth.filter(
      (cut) => !frames.some((frame) => Math.abs(frame - cut) <= video.tolerance),
    );
    console.log(
      `    ${video.name}: missed ${missed.join(' ')} extra ${extra.map((index) => frames[index]).join(' ')}`,
    );
  }
  return { hits, missed: video.truth.length - hits, extra: extra.length };
}

async function readRate(path: string): Promise<Rational> {
  return chooseFrameRate(mainVideo(await probeMedia(path)));
}

/** How fast ranges are watched, and what is decoded that was not asked for. */
async function measureSpeed(): Promise<void> {
  const path = recordingPath('video/animated-film/film-part-1.mp4');
  if (path === undefined) return;
  const source = await openPlain(path);
  const video = mainVideo(source.info)!;
  const range = { startMs: 30_000, endMs: 70_000 };
  const startedAt = performance.now();
  await listShots(source, range, { cache: forgets }, quiet);
  const wallMs = performance.now() - startedAt;
  const reader = openFrames(path, {
    ranges: [range],
    frameRate: chooseFrameRate(video),
    sizes: [{ name: 'compared', width: 96, pixelFormat: 'rgb24', everyFrames: 1 }],
  });
  for await (const frame of reader) void frame;
  const [decoded] = reader.decodedRanges();
  console.log(
    `\nWatching 40 s of ${video.width}×${video.height}: ${(wallMs / 1000).toFixed(2)} s, ${((range.endMs - range.startMs) / wallMs).toFixed(1)} times as fast as it plays (starting a process included).`,
  );
  console.log(
    `Frames of 30 to 70 s: decoded ${((decoded?.startMs ?? 0) / 1000).toFixed(2)} to ${((decoded?.endMs ?? 0) / 1000).toFixed(2)} s, from the key frame before.`,
  );
}
