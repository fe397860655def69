import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeScenes } from '../../../test/fixtures/make-scenes.ts';
import { recordingPath } from '../../../test/recordings.ts';
import { framedCropAt, type FramedShot, type Framing } from '../../domain/framing.ts';
import { probeMedia } from '../../media/probe.ts';
import { look } from '../look/look.ts';
import { frameSource } from './frame-source.ts';
import type { Rectangle } from './geometry.ts';

/** Pictures that are hard to frame, real ones wherever there are some: looked at and framed as `pivot frame` does, for 9:16. */

const width = 1280;
const height = 720;

/** Hard edges in rows, as of text: 116 signs in 26 lines on white. */
const text =
  'color=c=white:s=1280x720:r=25:d=0.04,format=gray,geq=lum=' +
  "'if(lt(mod(Y,24),11)*lt(mod(X,10),6)*gt(sin(floor(X/10)*12.9+floor(Y/24)*78.2),-0.5)" +
  "*between(X,60,1220)*between(Y,48,672),30,245)',format=yuv420p,loop=loop=80:size=1,setpts=N/25/TB";

const wall = 'color=c=0x8A8F94:s=1280x720:r=25:d=3';

const files = {
  man: 'video/grid-talking-faces/bbaf2n.mpg',
  glasses: 'video/grid-talking-faces/lbax4n.mpg',
  woman: 'video/grid-talking-faces/lrwp9a.mpg',
  greying: 'video/grid-talking-faces/pwij3p.mpg',
  young: 'video/grid-talking-faces/sbwe5n.mpg',
  room: 'video/two-people-silent/two_people_3rooms.webm',
  film: 'video/animated-film/film-part-1.mp4',
  group: 'faces/annotated-photos/2008_002470.jpg',
  three: 'faces/annotated-photos/2008_001322.jpg',
};

/** A head and shoulders (360 × 288 px of a recording) as large as the picture is high, on the right of a grey wall. */
const atWall = (name: string) => `movie={${name}},setsar=1,scale=900:720,pad=1280:720:380:0:0x8A8F94`;

/** Where a rectangle of the recording then is. */
const onWall = (x: number, y: number, w: number, h: number): Rectangle => ({
  x: 380 + 2.5 * x,
  y: 2.5 * y,
  width: 2.5 * w,
  height: 2.5 * h,
});

const scenes = {
  dark: { frames: 30, graph: `${atWall('man')},eq=brightness=-0.3:contrast=0.35` },
  // No two that are built alike follow each other: nobody could tell that they are two.
  profile: {
    frames: 30,
    graph: 'movie={room}:seek_point=77,trim=start=77.6,setpts=PTS-STARTPTS,crop=640:360:560:200',
  },
  blurred: { frames: 30, graph: `${atWall('woman')},gblur=sigma=8` },
  tiny: {
    frames: 30,
    graph: `movie={greying},setsar=1,scale=130:104[#head];${wall}[#wall];[#wall][#head]overlay=900:300`,
  },
  // From the nose down.
  masked: {
    frames: 30,
    graph: `${atWall('glasses')},drawbox=x=680:y=400:w=340:h=260:c=0xB8D8E8:t=fill`,
  },
  // Six people, and a part of them once more.
  eight: {
    frames: 30,
    graph:
      'movie={group},crop=300:230:40:40,split[#a][#b];[#b]crop=145:230:0:0[#c];' +
      '[#a][#c]hstack,pad=iw:ih+20:0:10,loop=loop=80:size=1,setpts=N/25/TB',
  },
  nobody: { frames: 30, graph: 'movie={young},crop=64:36:280:20' },
  // A man who laughs, and from 0.6 s on another one, seen over a shoulder.
  cartoon: { frames: 40, graph: 'movie={film}:seek_point=45,trim=start=46,setpts=PTS-STARTPTS' },
  screen: { frames: 30, graph: text },
  // Who speaks is on the left, a photograph hangs on the wall at the right.
  poster: {
    frames: 50,
    graph:
      'movie={three},crop=110:130:87:140,scale=260:308[#photo];' +
      'movie={man},setsar=1,crop=200:230:60:40,scale=400:460[#head];' +
      `${wall}[#wall];[#wall][#photo]overlay=920:60[#with];[#with][#head]overlay=160:240`,
  },
  inset: {
    frames: 50,
    graph: `movie={glasses},setsar=1,crop=190:190:95:60,scale=210:210[#head];${text}[#text];[#text][#head]overlay=1050:490`,
  },
} as const;

type SceneName = keyof typeof scenes;
const names = Object.keys(scenes) as SceneName[];

const paths = Object.entries(files).flatMap(([name, file]) => {
  const path = recordingPath(file);
  return path === undefined ? [] : [[name, path] as const];
});
const isHere = paths.length === Object.keys(files).length;

let folder: string;
let framing: Framing;

/** Where a scene begins, in frames. */
function startOf(name: SceneName): number {
  return names.slice(0, names.indexOf(name)).reduce((sum, own) => sum + scenes[own].frames, 0);
}

function shotsOf(name: SceneName): FramedShot[] {
  const start = startOf(name);
  return framing.shots.filter(
    ({ startFrame }) => startFrame >= start && startFrame < start + scenes[name].frames,
  );
}

/** The one shot that a scene is. */
function shotOf(name: SceneName): FramedShot {
  const shots = shotsOf(name);
  expect(shots.map(({ startFrame, endFrame }) => [startFrame, endFrame])).toEqual([
    [startOf(name), startOf(name) + scenes[name].frames],
  ]);
  return shots[0]!;
}

/** The faces of a scene: where each was seen in the middle of the time that it was seen. */
function facesOf(name: SceneName): (Rectangle & { id: string })[] {
  const from = startOf(name);
  const to = from + scenes[name].frames;
  return framing.tracks.flatMap(({ id, boxes }) => {
    const own = boxes.filter(({ frame }) => frame >= from && frame < to);
    const box = own[own.length >> 1];
    return box === undefined ? [] : [{ ...box, id }];
  });
}

/** A rectangle is wholly in the picture in the middle of a shot, and this is how much of the height it has. */
function expectHeld({ crops, startFrame, endFrame }: FramedShot, face: Rectangle): number {
  const crop = framedCropAt(crops, (startFrame + endFrame) >> 1)!;
  expect(face.x).toBeGreaterThanOrEqual(crop.x);
  expect(face.x + face.width).toBeLessThanOrEqual(crop.x + crop.width);
  expect(face.y).toBeGreaterThanOrEqual(crop.y);
  expect(face.y + face.height).toBeLessThanOrEqual(crop.y + crop.height);
  return face.height / crop.height;
}

describe.skipIf(!isHere)('a film of hard scenes', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pivot-scenes-'));
    const path = join(folder, 'scenes.mp4');
    await makeScenes({
      path,
      width,
      height,
      files: Object.fromEntries(paths),
      scenes: Object.values(scenes),
    });
    const source = { path, contentHash: path, info: await probeMedia(path) };
    const range = { startMs: 0, endMs: source.info.durationMs };
    const cache = {
      remember: <T>(work: { run(): Promise<T> }) => work.run(),
      rememberFile: () => Promise.reject(new Error('No file is made here.')),
    };
    const quiet = { signal: new AbortController().signal, report: () => {} };
    const [seen] = await look(source, [range], { cache, faces: true }, quiet);
    // Somebody is heard all the time.
    framing = frameSource(source, seen!, range, { canvas: { width: 1080, height: 1920 }, speech: [range] });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['in the dark', 'dark', onWall(105, 98, 100, 150)],
    ['out of focus', 'blurred', onWall(127, 80, 121, 180)],
    ['behind a mask', 'masked', onWall(128, 71, 118, 178)],
    ['in profile', 'profile', { x: 390, y: 250, width: 180, height: 200 }],
  ] as const)('one person %s is found, and framed close', (_, name, face) => {
    const shot = shotOf(name);
    expect(shot.layout).toBe('fill');
    expect(facesOf(name).length).toBeGreaterThan(0);
    expect(expectHeld(shot, face)).toBeGreaterThan(0.12);
  });

  it('a tiny face is zoomed in on, as far as the picture bears it', () => {
    const shot = shotOf('tiny');
    expect(shot.layout).toBe('fill');
    const [face, ...others] = facesOf('tiny');
    expect(others).toEqual([]);
    expect(face!.width).toBeLessThan(45);
    expect(expectHeld(shot, { x: 947, y: 335, width: 40, height: 60 })).toBeGreaterThan(0.12);
  });

  it('eight faces of whom nobody speaks are shown whole', () => {
    const shot = shotOf('eight');
    expect(facesOf('eight').length).toBeGreaterThanOrEqual(7);
    expect(shot.layout).toBe('fit');
    expect(shot.reason).toContain('group');
  });

  it('where nobody is, nobody is seen, and the middle is shown', () => {
    const shot = shotOf('nobody');
    expect(facesOf('nobody')).toEqual([]);
    expect(shot.layout).toBe('fill');
    expect(shot.crops).toEqual([{ frame: startOf('nobody'), x: 437.5, y: 0, width: 405, height: 720 }]);
  });

  it('drawn people are framed as people, each of their shots by itself', () => {
    const shots = shotsOf('cartoon');
    expect(shots).toHaveLength(2);
    expect(shots.map(({ layout }) => layout)).toEqual(['fill', 'fill']);
    expectHeld(shots[0]!, { x: 350, y: 150, width: 200, height: 260 });
    expectHeld(shots[1]!, { x: 860, y: 120, width: 250, height: 320 });
  });

  it('a screen full of text is shown whole, and no sign in it is a face', () => {
    expect(facesOf('screen')).toEqual([]);
    expect(shotOf('screen').layout).toBe('fit');
  });

  it('a face on the wall is seen, and the camera is on the one who speaks', () => {
    const shot = shotOf('poster');
    const [speaker, photo] = facesOf('poster').toSorted((a, b) => a.x - b.x);
    expect(photo!.x).toBeGreaterThan(900);
    expect(shot.layout).toBe('fill');
    expect(shot.trackIds).toEqual([speaker!.id]);
    expectHeld(shot, { x: 250, y: 356, width: 200, height: 300 });
    expect(framing.tracks.find(({ id }) => id === photo!.id)!.speaking).toEqual([]);
  });

  it('a screen with a face in its corner has the screen above and the face below', () => {
    const shot = shotOf('inset');
    expect(shot.layout).toBe('screen');
    const [screen, face] = shot.panes!;
    expect(screen!.crops).toMatchObject([{ x: 0, y: 0, width, height }]);
    expect(facesOf('inset')).toHaveLength(1);
    expect(face!.trackId).toBe(facesOf('inset')[0]!.id);
    expectHeld({ ...shot, crops: face!.crops }, { x: 1087, y: 501, width: 130, height: 197 });
  });

  it('knows a man again who was in the dark before', () => {
    expect(facesOf('dark').map(({ id }) => id)).toContain(shotOf('poster').trackIds[0]);
  });
});
