import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { makePhotoVideo } from '../../../test/fixtures/make-photo-video.ts';
import { needRecording } from '../../../test/recordings.ts';
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

/** How many faces most looks saw. */
function usualCount(samples: readonly FaceSample[]): number {
  const counts = samples.map(({ faces }) => faces.length).toSorted((a, b) => a - b);
  return counts[Math.floor(counts.length / 2)] ?? 0;
}

type TruthBox = { top: number; left: number; width: number; height: number };

describe('on photos with boxes drawn by hand', () => {
  const side = 640;
  const framesEach = 5;

  // None is more than 640 px wide or tall, so their boxes need no scaling.
  const names = ['2008_004176.jpg', '2008_002470.jpg', '2008_007676.jpg'];

  it.for([
    { how: 'as they are', filters: 'null' },
    { how: 'dark', filters: 'eq=brightness=-0.1:contrast=0.35' },
    { how: 'blurred', filters: 'gblur=sigma=2' },
  ])(
    'finds the faces of groups of six and seven, $how, and nothing else',
    async ({ how, filters }, context) => {
      const photos = needRecording(context, 'faces/annotated-photos');
      const truth: Record<string, TruthBox[]> = JSON.parse(readFileSync(join(photos, 'boxes.json'), 'utf8'));
      const path = await makePhotoVideo({
        path: join(folder, `photos-${how.replaceAll(' ', '-')}.mp4`),
        photos: names.map((name) => join(photos, name)),
        filters: `${filters},pad=${side}:${side}:0:0`,
        width: side,
        height: side,
        framesEach,
      });
      const samples = await facesOf(path);
      let [found, all, extra] = [0, 0, 0];
      for (const [index, name] of names.entries()) {
        const shown = samples.findLast(({ frame }) => Math.floor(frame / framesEach) === index);
        const left = new Set(shown?.faces);
        for (const { left: x, top: y, width, height } of truth[name] ?? []) {
          all += 1;
          const hit = [...left].find((face) => overlapOf(face, { x, y, width, height }) >= 0.5);
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

  it('finds tiny faces: a group that takes up a quarter of the picture', async (context) => {
    const photos = needRecording(context, 'faces/annotated-photos');
    const path = await makePhotoVideo({
      path: join(folder, 'tiny.mp4'),
      photos: [join(photos, '2008_002470.jpg')],
      filters: 'scale=320:-2,pad=1280:720:480:300:gray',
      width: 1280,
      height: 720,
      framesEach: 10,
    });
    const samples = await facesOf(path);
    expect(usualCount(samples)).toBe(6);
    for (const { faces } of samples) for (const face of faces) expect(face.width).toBeLessThan(40);
  });

  it('sees the faces of a picture within a picture, and no others', async (context) => {
    const photo = needRecording(context, 'faces/annotated-photos/2009_004587.jpg');
    const path = await makePhotoVideo({
      path: join(folder, 'inset.mp4'),
      photos: [photo],
      filters: 'scale=-2:200,pad=1280:720:1080:500:white,drawgrid=w=90:h=30:color=gray@0.3',
      width: 1280,
      height: 720,
      framesEach: 10,
    });
    const samples = await facesOf(path);
    expect(usualCount(samples)).toBeGreaterThanOrEqual(1);
    for (const face of samples.flatMap(({ faces }) => faces)) expect(face.x).toBeGreaterThan(1050);
  });

  it('still sees a face that is masked from the nose down', async (context) => {
    const photo = needRecording(context, 'faces/annotated-photos/2008_002506.jpg');
    const path = await makePhotoVideo({
      path: join(folder, 'masked.mp4'),
      photos: [photo],
      // Over the mouth of the man on the left, as his box in the truth says.
      filters: 'drawbox=x=120:y=105:w=95:h=45:color=white:t=fill',
      width: 500,
      height: 376,
      framesEach: 10,
    });
    const samples = await facesOf(path);
    expect(usualCount(samples)).toBe(3);
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

  it('takes a picture of a few pixels, and one of a strange shape', async () => {
    for (const [width, height] of [
      [640, 16],
      [16, 640],
    ] as const) {
      const path = await makeMedia({
        path: join(folder, `${width}x${height}.mp4`),
        durationMs: 400,
        width,
        height,
        tone: 'none',
      });
      expect((await facesOf(path)).flatMap(({ faces }) => faces)).toEqual([]);
    }
  });
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
  it('sees both people at every look, whoever speaks, and a mouth that moves', async (context) => {
    const path = needRecording(context, 'video/assembled/grid_two_person_dialogue.mp4');
    const samples = await facesOf(path, 0, 10_000);
    // Never more than 0.2 s apart: at 25 frames a second, 5 frames.
    const gaps = samples.slice(1).map(({ frame }, index) => frame - samples[index]!.frame);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    const both = samples.filter(({ faces }) => faces.length === 2);
    expect(both.length / samples.length).toBeGreaterThan(0.98);
    const spread = (from: number, to: number, isLeft: boolean) => {
      const open = samples
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

  it('tells persons apart by their likeness', async (context) => {
    const paths = ['RD_Radio2_000', 'WDA_EdMarkey0_000', 'retalking-1'].map((name) =>
      needRecording(context, `video/close-up-speakers/${name}.mp4`),
    );
    const prints: (readonly number[])[][] = [];
    for (const path of paths) {
      const samples = await facesOf(path, 0, 2000);
      prints.push(samples.flatMap(({ faces }) => faces.map(({ descriptor }) => descriptor ?? [])));
    }
    const described = prints.map((list) => list.filter(({ length }) => length > 0));
    const alike = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, index) => sum + value * b[index]!, 0);
    for (const [person, own] of described.entries()) {
      expect(own.length).toBeGreaterThanOrEqual(2);
      for (const print of own) {
        expect(alike(print, own[0]!)).toBeGreaterThan(samePersonLikeness);
        for (const other of described.toSpliced(person, 1).flat()) {
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
    expect(made).toBe(4);
    expect(seen[0]!.faces!.length).toBeGreaterThan(15);
    expect(await look(source, [range], { cache, faces: true }, quiet)).toEqual(seen);
    expect(made).toBe(4);
  });
});
