import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { framedCropAt, framingSchema, type Framing } from '../../src/domain/framing.ts';
import { makeMedia } from '../fixtures/make-media.ts';
import { needRecording, recordingPath } from '../recordings.ts';
import { runPivot, type PivotRun } from './run-pivot.ts';

/** Two people side by side who speak by turns of 3 s; the source is cut every 6 s. */
const recording = 'video/assembled/grid_two_person_dialogue.mp4';
const range = { from: 1.2, to: 4 };

let folder: string;
const run = (...args: string[]) => runPivot(['frame', ...args], { cwd: folder });
const readFraming = async (name: string): Promise<Framing> =>
  framingSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot frame "ü" '));
  await makeMedia({ path: join(folder, 'test.mp4'), durationMs: 1200, width: 480, height: 270 });
  await makeMedia({ path: join(folder, 'sound.wav'), durationMs: 500, pattern: 'none' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a dialogue', () => {
  const path = recordingPath(recording);
  const asked = ['--from', String(range.from), '--to', String(range.to)];
  let first: PivotRun;

  beforeAll(async () => {
    if (path !== undefined) first = await run(path, ...asked, '--out', 'a.json', '--sheet', 'a.png');
  });

  it('is framed on whoever speaks, as a document in px and frames of the source', async (context) => {
    needRecording(context, recording);
    expect(first.stderr).not.toContain('Error');
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    const framing = await readFraming('a.json');
    expect(framing).toMatchObject({ frameRate: { num: 25, den: 1 }, width: 1280, height: 512 });
    expect(framing.canvas).toEqual({ width: 1080, height: 1920 });
    expect(framing.tracks.map(({ id }) => id)).toEqual(['p1', 'p2']);
    for (const { boxes, speaking } of framing.tracks) {
      expect(boxes.length).toBeGreaterThan(15);
      for (const { frame } of boxes) {
        expect(frame).toBeGreaterThanOrEqual(25 * range.from);
        expect(frame).toBeLessThan(25 * range.to);
      }
      for (const { startMs, endMs } of speaking) {
        expect(startMs).toBeGreaterThanOrEqual(1000 * range.from);
        expect(endMs).toBeLessThanOrEqual(1000 * range.to);
      }
    }
    // Without a gap from where was asked to where was asked, and the camera is on the right one.
    const { shots } = framing;
    expect(shots[0]!.startFrame).toBe(25 * range.from);
    expect(shots.at(-1)!.endFrame).toBe(25 * range.to);
    for (const [index, { startFrame }] of shots.entries()) {
      if (index > 0) expect(startFrame).toBe(shots[index - 1]!.endFrame);
    }
    const middleAt = (frame: number) => {
      const shot = shots.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame)!;
      expect(shot.layout).toBe('fill');
      const { x, width, height } = framedCropAt(shot.crops, frame)!;
      expect(width / height).toBeCloseTo(9 / 16, 3);
      return x + width / 2;
    };
    expect(middleAt(40)).toBeLessThan(640);
    expect(middleAt(90)).toBeGreaterThan(640);
  });

  it('is drawn on a sheet, a PNG of a size to look at, and leaves nothing else behind', async (context) => {
    needRecording(context, recording);
    const png = await readFile(join(folder, 'a.png'));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect(png.toString('latin1', 12, 16)).toBe('IHDR');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(width).toBeGreaterThan(1000);
    expect(width).toBeLessThan(2400);
    expect(height).toBeGreaterThan(160);
    expect(height).toBeLessThan(1200);
    // A picture, and no even grey: that would be packed to next to nothing.
    expect(png.length).toBeGreaterThan(50_000);
    expect((await readdir(folder)).toSorted()).toEqual(
      ['a.json', 'a.png', 'sound.wav', 'test.mp4', 'workspace'].toSorted(),
    );
  });

  it('is not looked at again for another shape, and does as it is told for a part of it', async (context) => {
    const film = needRecording(context, recording);
    const again = await run(film, ...asked, '--aspect', '1:1', '--focus', 'right', '--layout', 'fit@3-4');
    // Looking takes most of the time: it would be found out.
    expect(again.stderr).toMatch(/Look +0\.\d s/u);
    const framing = framingSchema.parse(JSON.parse(again.stdout));
    expect(framing.canvas).toEqual({ width: 1080, height: 1080 });
    expect(framing.shots.map(({ layout, startFrame }) => [layout, startFrame])).toEqual([
      ['fill', 30],
      ['fit', 75],
    ]);
    const [crop] = framing.shots[0]!.crops;
    expect(crop!.x + crop!.width / 2).toBeGreaterThan(640);
  });

  it('knows nobody of another name, and says who there is', async (context) => {
    const film = needRecording(context, recording);
    const { exitCode, stderr, stdout } = await run(film, ...asked, '--focus', 'p7');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/Nobody in this picture is called "p7"/u);
    expect(stderr).toMatch(/There are p1, p2/u);
    expect(stdout).toBe('');
  });
});

it('writes such a document as docs/framing.md shows', async () => {
  const page = await readFile(new URL('../../docs/framing.md', import.meta.url), 'utf8');
  const example = /```json framing\n(.*?)```/su.exec(page)?.[1] ?? '';
  expect(framingSchema.safeParse(JSON.parse(example)).error?.issues ?? []).toEqual([]);
});

it('a film without a face or a sound has no tracks, and a crop all the same', async () => {
  const { exitCode, stdout } = await run('test.mp4', '--aspect', '4:5');
  expect(exitCode).toBe(0);
  const framing = framingSchema.parse(JSON.parse(stdout));
  expect(framing.tracks).toEqual([]);
  expect(framing.shots).toHaveLength(1);
  expect(framing.shots[0]).toMatchObject({ startFrame: 0, endFrame: 30 });
});

describe('a mistake is told in three lines', () => {
  it.each([
    [['nowhere.mp4'], 3, /no such file.*nowhere\.mp4/u],
    [['sound.wav'], 2, /sound\.wav has no picture/u],
    [['test.mp4', '--from', '5'], 2, /lasts 1\.2 s/u],
    [['test.mp4', '--from', '1', '--to', '0.5'], 2, /--from and --to/u],
    [['test.mp4', '--focus', 'p1'], 2, /Nobody.*"p1"/u],
    [['test.mp4', '--layout', 'fit@0:09-0:03'], 2, /ends before it begins/u],
    [['test.mp4', '--out', 'none/x.json'], 3, /none/u],
    [['test.mp4', '--sheet', 'none/x.png'], 3, /none/u],
  ])('%j', async (args, exitCode, what) => {
    const result = await run(...args);
    expect(result.stderr).toMatch(what);
    expect(result.stderr).not.toMatch(/\n\s+at /u);
    expect(result.exitCode).toBe(exitCode);
    const lines = result.stderr.trimEnd().split('\n');
    expect(lines.slice(lines.findIndex((line) => line.startsWith('Error:')))).toHaveLength(3);
    expect(result.stdout).toBe('');
  });
});
