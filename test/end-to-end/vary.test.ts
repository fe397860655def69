import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postSchema } from '../../src/domain/post.ts';
import { probeMedia } from '../../src/media/probe.ts';
import { makeTalk } from '../fixtures/talk.ts';
import { runPivot, smallClips } from './run-pivot.ts';

let folder: string;
let clip: string;
const pivot = (...args: string[]) => runPivot(args, { cwd: folder, env: smallClips });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot vary '));
  const talk = await makeTalk();
  const made = await pivot('make', talk.path, '--at', '0:00-0:24', '--out', 'clips', '--preview');
  expect(made.exitCode, made.stderr).toBe(0);
  const names = await readdir(join(folder, 'clips'), { recursive: true });
  clip = join(folder, 'clips', names.find((name) => name.endsWith('.timeline.json')) ?? '');
});
afterAll(() => rm(folder, { recursive: true }));

it('makes variations that differ in what they say, and in nothing else', async () => {
  const factors = ['--factors', 'opening,captions,aspect', '--count', '4'];
  const run = await pivot('vary', clip, ...factors, '--preview', '--out', 'varied', '--json');
  expect(run.exitCode, run.stderr).toBe(0);
  const set = JSON.parse(await readFile(join(folder, 'varied', 'variations.json'), 'utf8')) as {
    readonly of: string;
    readonly variations: readonly { readonly name: string; readonly factors: Record<string, string> }[];
  };
  expect(set.variations).toHaveLength(4);
  const films = await Promise.all(
    set.variations.map(async ({ name, factors: own }) => {
      const post = postSchema.parse(
        JSON.parse(await readFile(join(folder, 'varied', `${name}.post.json`), 'utf8')),
      );
      expect(post.variation).toEqual({ of: set.of, factors: own });
      const film = (await readdir(join(folder, 'varied'))).find(
        (each) => each.startsWith(name) && each.endsWith('.mp4'),
      );
      const { durationMs, video } = await probeMedia(join(folder, 'varied', film ?? ''));
      return { own, durationMs, shape: (video[0]?.width ?? 0) / (video[0]?.height ?? 1) };
    }),
  );
  const cold = films.find(({ own }) => own['opening'] === 'cold')?.durationMs ?? 0;
  for (const { own, durationMs, shape } of films) {
    if (own['opening'] === 'hook') expect(durationMs).toBeGreaterThan(cold + 1000);
    else expect(durationMs).toBe(cold);
    expect(shape).toBeCloseTo(own['aspect'] === '1:1' ? 1 : 9 / 16, 1);
  }
  expect(new Set(films.map(({ own }) => JSON.stringify(own))).size).toBe(4);
});

it('finds covers that differ, each with its reasons', async () => {
  const run = await pivot('cover', clip, '--count', '2', '--out', 'covers', '--json');
  expect(run.exitCode, run.stderr).toBe(0);
  const covers = (await readdir(join(folder, 'covers'))).filter((name) => name.endsWith('.jpg'));
  expect(covers.length).toBeGreaterThan(0);
  const [told] = covers.map((name) => name.replace(/-\d+\.jpg$/u, 's.json'));
  const document = await readFile(join(folder, 'covers', told ?? ''), 'utf8');
  expect((JSON.parse(run.stdout) as { covers: unknown[] }).covers).toHaveLength(covers.length);
  expect(document).toMatch(/Its edges are|A face/u);
});

it('says in three lines what cannot be varied, and what to do', async () => {
  const cases = [
    [['vary', clip, '--count', '3'], 'input.count'],
    [['vary', clip, '--count', '2', '--factors', 'opening,captions'], 'input.too_many_factors'],
    [['vary', clip, '--factors', 'music'], 'input.factor_missing'],
    [['vary', 'nowhere.timeline.json'], 'not_found.file'],
    [['cover', clip, '--count', '99'], 'input.count'],
  ] as const;
  for (const [args, code] of cases) {
    const run = await pivot(...args);
    const said = run.stderr.trim().split('\n').slice(-3);
    expect(run.exitCode).toBeGreaterThan(0);
    expect(said[0], run.stderr).toMatch(/^Error: /u);
    expect(said[1]).toContain(code);
    expect(said[2]?.trim()).not.toBe('');
  }
});
