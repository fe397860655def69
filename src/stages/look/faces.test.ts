import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { makeScenes } from '../../../test/fixtures/make-scenes.ts';
import { needRecording, recordingPath } from '../../../test/recordings.ts';
import { samePersonLikeness, type FaceSample } from '../../domain/face.ts';
import type { Seen } from '../../domain/shot.ts';
import { overlapOf } from '../../inference/face-boxes.ts';
import { runRender } from '../../media/run-render.ts';
import { probeMedia } from '../../media/probe.ts';
import { framePicture } from '../frame/frame.ts';
import type { CachedWork, StageCache } from '../stage.ts';
import { look } from './look.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-faces-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const quiet = { signal: new AbortController().signal, report: () => {} };

/** Keeps nothing, and notes what it was asked for. */
function forgetting(): StageCache & { names: string[] } {
  const names: string[] = [];
  return {
    names,
    remember: (work) => {
      names.push(work.name);
      return work.run();
    },
    rememberFile: () => Promise.reject(new Error('No file is made here.')),
  };
}

async function lookAt(path: string, startMs = 0, endMs = 3_600_000): Promise<Seen[]> {
  const source = { path, contentHash: path, info: await probeMedia(path) };
  return look(source, [{ startMs, endMs }], { cache: forgetting(), faces: true }, quiet);
}

async function facesOf(path: string, startMs?: number, endMs?: number): Promise<readonly FaceSample[]> {
  const seen = await lookAt(path, startMs, endMs);
  return seen.flatMap(({ faces }) => faces ?? []);
}

type TruthBox = { top: number; left: number; width: number; height: number };

/** Photos of about 500 × 375 px are shown so many times as large, in the upper left of 1280 × 720: so are their boxes. */
const enlarged = 1.92;
const groups = ['2008_004176.jpg', '2008_002470.jpg', '2008_007676.jpg'];
const photoFrames = 6;
const ways = {
  'as they are': 'null',
  dark: 'eq=brightness=-0.1:contrast=0.35',
  blurred: 'gblur=sigma=2',
} as const;

const stillOf = (graph: string, frames: number) => ({
  frames,
  graph: `${graph},loop=loop=${frames}:size=1,setpts=N/25/TB`,
});
const grey = 'color=c=gray:s=1280x720:r=25:d=1';

// One film and one look: starting the models takes longer than looking.
const photos = Object.values(ways).flatMap((filters) =>
  groups.map((_, index) =>
    stillOf(
      `movie={photo${index}},${filters},scale=iw*${enlarged}:ih*${enlarged},crop=iw:'min(ih,720)':0:0,pad=1280:720:0:0`,
      photoFrames,
    ),
  ),
);
const others = {
  // A group that takes up a quarter of the picture.
  tiny: stillOf('movie={photo1},scale=320:-2,pad=1280:720:480:300:gray', 12),
  flat: { frames: 25, graph: grey },
  noise: { frames: 25, graph: `${grey},noise=alls=90:allf=t` },
};

describe('on photos with boxes drawn by hand', () => {
  let samples: readonly FaceSample[];
  let truth: Record<string, TruthBox[]>;
  const photosFolder = recordingPath('faces/annotated-photos');

  beforeAll(async () => {
    if (photosFolder === undefined) return;
    truth = JSON.parse(readFileSync(join(photosFolder, 'boxes.json'), 'utf8'));
    const path = await makeScenes({
      path: join(folder, 'photos.mp4'),
      width: 1280,
      height: 720,
      scenes: [...photos, ...Object.values(others)],
      files: Object.fromEntries(groups.map((name, index) => [`photo${index}`, join(photosFolder, name)])),
    });
    samples = await facesOf(path);
  });

  /** What was seen in frames of the film. */
  const seenIn = (from: number, frames: number) =>
    samples.filter(({ frame }) => frame >= from && frame < from + frames);
  const seenOf = (name: keyof typeof others) => {
    const before = Object.values(others).slice(0, Object.keys(others).indexOf(name));
    const from = photos.length * photoFrames + before.reduce((sum, { frames }) => sum + frames, 0);
    return seenIn(from, others[name].frames);
  };

  it.for(Object.keys(ways).map((how, way) => ({ how, way })))(
    'finds the faces of groups of six and seven, $how, and nothing else',
    ({ way }, context) => {
      needRecording(context, 'faces/annotated-photos');
      let [found, all, extra] = [0, 0, 0];
      for (const [index, name] of groups.entries()) {
        const shown = seenIn((way * groups.length + index) * photoFrames, photoFrames).at(-1);
        const left = new Set(shown?.faces);
        for (const box of truth[name] ?? []) {
          all += 1;
          const wanted = {
            x: box.left * enlarged,
            y: box.top * enlarged,
            width: box.width * enlarged,
            height: box.height * enlarged,
          };
          const hit = [...left].find((face) => overlapOf(face, wanted) >= 0.5);
          if (hit === undefined) continue;
          found += 1;
          left.delete(hit);
        }
        extra += left.size;
      }
      expect(all).toBe(20);
      expect(found).toBeGreaterThanOrEqual(19);
      expect(extra).toBeLessThanOrEqual(1);
    },
  );

  it('finds tiny faces', (context) => {
    needRecording(context, 'faces/annotated-photos');
    const seen = seenOf('tiny');
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const { faces } of seen) {
      expect(faces).toHaveLength(6);
      for (const face of faces) expect(face.width).toBeLessThan(40);
    }
  });

  it.each(['flat', 'noise'] as const)('finds none in a picture that is %s', (what) => {
    if (photosFolder === undefined) return;
    const seen = seenOf(what);
    expect(seen.length).toBeGreaterThanOrEqual(8);
    expect(seen.flatMap(({ faces }) => faces)).toEqual([]);
  });
});

describe('where there is no face', () => {
  it.for([
    { what: 'a flat picture', pattern: 'color=c=gray' },
    { what: 'noise', pattern: 'color=c=gray', filters: 'noise=alls=90:allf=t' },
  ])('finds none in $what', async ({ what, pattern, filters }) => {
    const path = await makeMedia({
      path: join(folder, `${what.replaceAll(' ', '-')}.mp4`),
      durationMs: 1000,
      width: 640,
      height: 360,
      pattern,
      tone: 'none',
      ...(filters === undefined ? {} : { pictureFilters: filters }),
    });
    const samples = await facesOf(path);
    expect(samples.length).toBeGreaterThanOrEqual(8);
    expect(samples.flatMap(({ faces }) => faces)).toEqual([]);
    // Nobody either, and that was looked at.
    expect(samples.flatMap(({ persons }) => (persons === undefined ? [] : [persons]))).toContainEqual([]);
    expect(samples.flatMap(({ persons }) => persons ?? [])).toEqual([]);
  });

  it('finds none in a recording of a screen', async (context) => {
    const samples = await facesOf(needRecording(context, 'video/time-code/example.mp4'), 0, 2000);
    expect(samples.flatMap(({ faces }) => faces)).toEqual([]);
    expect(samples.flatMap(({ persons }) => persons ?? [])).toEqual([]);
  });
});

it('takes a picture of a strange shape', async () => {
  const path = await makeMedia({
    path: join(folder, 'strange.mp4'),
    durationMs: 400,
    width: 16,
    height: 640,
    tone: 'none',
  });
  const seen = await facesOf(path);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.flatMap(({ faces }) => faces)).toEqual([]);
});

describe('people who show no face', () => {
  it('are found once a second where their heads are, and framed with headroom', async (context) => {
    const recording = needRecording(context, 'video/two-people-silent/two_people_3rooms.webm');
    const path = join(folder, 'turned-away.mp4');
    // A man at a desk for 4 s, beside the middle; his face is painted over from the hair to the chin.
    const paint = 'drawbox=x=336:y=66:w=92:h=112:color=0x30241e:t=fill';
    await runRender({
      inputs: [
        {
          path: recording,
          fromSeconds: 75,
          toSeconds: 79,
          neededAtSeconds: 0,
          speed: 1,
          streams: [{ index: 0, label: 'in' }],
        },
      ],
      filters: `[in]trim=start=0,crop=720:404:0:200,${paint},fps=25,format=yuv420p[v]`,
      outputs: [
        {
          kind: 'file',
          path,
          format: 'mp4',
          formatOptions: {},
          streams: [
            { kind: 'video', label: 'v', encoder: 'libx264', options: { preset: 'ultrafast', crf: '18' } },
          ],
        },
      ],
      durationSeconds: 4,
      files: [],
    });
    const [seen] = await lookAt(path);
    const looks = (seen?.faces ?? []).filter(({ persons }) => persons !== undefined);
    expect(seen!.faces!.flatMap(({ faces }) => faces)).toEqual([]);
    expect(looks.length).toBeGreaterThanOrEqual(3);
    expect(looks.length).toBeLessThanOrEqual(6);
    for (const { persons } of looks) {
      expect(persons).toHaveLength(1);
      const [head] = persons!;
      expect(Math.abs(head!.x + head!.width / 2 - 382)).toBeLessThan(50);
      expect(Math.abs(head!.y + head!.height / 2 - 126)).toBeLessThan(60);
    }
    const framing = framePicture({
      shots: seen!.shots,
      faces: seen!.faces!,
      details: seen!.details,
      speech: [{ startMs: 0, endMs: 4000 }],
      frameRate: seen!.frameRate,
      picture: { width: 720, height: 404 },
      canvas: { width: 1080, height: 1920 },
    });
    expect(framing.shots.map(({ layout, reason }) => [layout, reason])).toEqual([
      ['fill', 'no face is seen, a person is'],
    ]);
    for (const crop of framing.shots[0]!.crops) {
      expect(crop.x).toBeLessThan(336);
      expect(crop.x + crop.width).toBeGreaterThan(428);
      expect(crop.y).toBeLessThan(50);
    }
  });
});

describe('in moving pictures', () => {
  /** Of two shots of 6 s of the dialogue, four people; looked at once. */
  let dialogue: readonly FaceSample[];
  const dialoguePath = recordingPath('video/assembled/grid_two_person_dialogue.mp4');
  const cutAt = 150;
  beforeAll(async () => {
    if (dialoguePath !== undefined) dialogue = await facesOf(dialoguePath, 0, 8000);
  });

  it('sees both people at every look, whoever speaks, and a mouth that moves', (context) => {
    needRecording(context, 'video/assembled/grid_two_person_dialogue.mp4');
    // Never more than 0.2 s apart: at 25 frames a second, 5 frames.
    const gaps = dialogue.slice(1).map(({ frame }, index) => frame - dialogue[index]!.frame);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    const both = dialogue.filter(({ faces }) => faces.length === 2);
    expect(both.length / dialogue.length).toBeGreaterThan(0.98);
    const spread = (from: number, to: number, isLeft: boolean) => {
      const open = dialogue
        .filter(({ frame }) => frame >= from && frame < to)
        .flatMap(({ faces }) => faces.filter(({ x }) => x < 640 === isLeft))
        .flatMap(({ mouthOpen }) => mouthOpen ?? []);
      const mean = open.reduce((sum, value) => sum + value, 0) / open.length;
      return Math.sqrt(open.reduce((sum, value) => sum + (value - mean) ** 2, 0) / open.length);
    };
    // The left one speaks for the first 3 s, the right one for the next; the other is frozen.
    expect(spread(10, 65, true)).toBeGreaterThan(3 * spread(10, 65, false));
    expect(spread(85, 140, false)).toBeGreaterThan(3 * spread(85, 140, true));
  });

  it('tells persons apart by their likeness', (context) => {
    needRecording(context, 'video/assembled/grid_two_person_dialogue.mp4');
    const people: (readonly number[])[][] = [[], [], [], []];
    for (const { frame, faces } of dialogue) {
      for (const { x, descriptor } of faces) {
        const person = (frame < cutAt ? 0 : 2) + (x < 640 ? 0 : 1);
        if (descriptor !== undefined) people[person]!.push(descriptor);
      }
    }
    const alike = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, index) => sum + value * b[index]!, 0);
    for (const [person, own] of people.entries()) {
      expect(own.length).toBeGreaterThanOrEqual(2);
      for (const print of own) {
        expect(alike(print, own[0]!)).toBeGreaterThan(samePersonLikeness);
        for (const other of people.toSpliced(person, 1).flat()) {
          expect(alike(print, other)).toBeLessThan(samePersonLikeness);
        }
      }
    }
  });

  it('keeps what it saw of shots, measures and faces each under its own key, in one decode', async (context) => {
    const path = needRecording(context, 'video/grid-talking-faces/bbaf2n.mpg');
    const source = { path, contentHash: 'made', info: await probeMedia(path) };
    const range = { startMs: 0, endMs: 2000 };
    const kept = new Map<string, unknown>();
    let made = 0;
    const cache: StageCache = {
      async remember<T>(work: CachedWork<T>): Promise<T> {
        const key = `${work.name} ${JSON.stringify(work.inputs)}`;
        if (!kept.has(key)) {
          made += 1;
          kept.set(key, await work.run());
        }
        return work.schema.parse(kept.get(key));
      },
      rememberFile: () => Promise.reject(new Error('No file is made here.')),
    };
    const plain = await look(source, [range], { cache }, quiet);
    expect(plain[0]!.faces).toBeUndefined();
    expect([...kept.keys()].map((key) => key.split(' ')[0])).toEqual(['look-shots', 'look-pictures']);
    const seen = await look(source, [range], { cache, faces: true }, quiet);
    expect([...kept.keys()].map((key) => key.split(' ')[0])).toEqual([
      'look-shots',
      'look-pictures',
      'look-faces',
      'look-details',
    ]);
    expect(made).toBe(4);
    expect(seen[0]!.faces!.length).toBeGreaterThan(15);
    expect(await look(source, [range], { cache, faces: true }, quiet)).toEqual(seen);
    expect(made).toBe(4);
  });
});
