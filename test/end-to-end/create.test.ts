import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  integratedLoudness,
  musicUnderVoice,
  pictureMisses,
  sentenceTimes,
} from '../../bench/create-measures.ts';
import { postSchema } from '../../src/domain/post.ts';
import { scriptSchema, type Script } from '../../src/domain/script.ts';
import { parseTimelineText } from '../../src/domain/timeline-parse.ts';
import { makePng, startImageServer } from '../fixtures/image-server.ts';
import { makeLibraryTalks } from '../fixtures/library-talks.ts';
import { readEvents, runPivot, smallClips, type PivotRun } from './run-pivot.ts';

let folder: string;
let assetId: string;
const pivot = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runPivot(args, { cwd: folder, env: { ...smallClips, ...env } });

/** A short script from what one talk says. */
const scriptOf = (texts: readonly string[]): Script => ({
  version: 1,
  topic: 'being late',
  format: 'explainer',
  title: 'A problem with endings',
  description: '',
  tags: [],
  way: 'extractive',
  lines: texts.map((text, index) => ({
    text,
    role: index === 0 ? 'hook' : 'payoff',
    receipts: [{ assetId, startMs: 2000 + 4000 * index, endMs: 5000 + 4000 * index }],
  })),
  spokenMs: 5000,
  rounds: [],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot create '));
  const [talk] = await makeLibraryTalks();
  const added = await pivot(['add', talk!.path, '--library', 'library', '--json']);
  const result = readEvents(added).find(({ event }) => event === 'addResult') as {
    result: { asset: { id: string } };
  };
  assetId = result.result.asset.id;
  const texts = ['Have you ever missed a train by ten seconds?', 'It is a problem with endings.'];
  await writeFile(join(folder, 'own.json'), JSON.stringify(scriptOf(texts)));
});
afterAll(() => rm(folder, { recursive: true }));

type Clip = {
  readonly status: string;
  readonly files: Record<string, string>;
  readonly failedFindings: unknown[];
};
const clipOf = (run: PivotRun) => {
  const found = readEvents(run).find(({ event }) => event === 'clip') as { clip: Clip } | undefined;
  if (found === undefined) throw new Error(run.stderr);
  return found.clip;
};
const create = ['create', 'being late', '--script', 'own.json', '--library', 'library', '--json'];

it('makes a checked film of a script: cut between sentences, music under the voice, everything marked', async () => {
  const run = await pivot(create);
  expect(run.exitCode, run.stderr).toBe(0);
  const clip = clipOf(run);
  expect([clip.status, clip.failedFindings]).toEqual(['made', []]);
  const { video = '', timeline: timelinePath = '', post: postPath = '' } = clip.files;
  const made = dirname(video);
  const timeline = parseTimelineText(await readFile(timelinePath, 'utf8'));
  const script = scriptSchema.parse(JSON.parse(await readFile(join(made, 'script.json'), 'utf8')));
  const times = sentenceTimes(
    timeline,
    script.lines.map(({ text }) => text),
  );
  expect(Math.max(...pictureMisses(timeline, times))).toBeLessThanOrEqual(1);
  expect(Math.min(...(await musicUnderVoice(timeline, made, times)))).toBeGreaterThanOrEqual(12);
  expect(Math.abs((await integratedLoudness(video)) + 14)).toBeLessThan(1);
  const post = postSchema.parse(JSON.parse(await readFile(postPath, 'utf8')));
  expect(post.containsSyntheticMedia).toBe(true);
  expect(post.made?.map(({ kind }) => kind).toSorted()).toEqual(['music', 'screenshot', 'speech']);
  const media = await readdir(join(made, 'media'));
  for (const asset of timeline.assets) {
    if (!('path' in asset)) continue;
    expect(asset.provenance?.madeBy).not.toBe('');
    expect(media).toContain(asset.path.slice('media/'.length));
  }
  // Again: nothing is spoken, drawn or composed a second time.
  const again = clipOf(await pivot(create)) as Clip & { isFresh: boolean };
  expect(again.isFresh).toBe(false);
  expect((await readdir(join(made, 'media'))).toSorted()).toEqual(media.toSorted());
});

it('takes pictures of a model, keeps what was paid for, and shows the source where it refuses', async () => {
  const png = makePng(1024, 1536, (x, y) => [x % 256, y % 256, 128]);
  const refusal = {
    status: 400,
    body: {
      error: { message: 'no', type: 'image_generation_user_error', param: null, code: 'moderation_blocked' },
    },
  };
  const server = await startImageServer((_, count) => (count === 1 ? { png } : refusal));
  const env = {
    PATTERNPIVOT_IMAGES_BASE_URL: server.baseUrl,
    PATTERNPIVOT_IMAGES_MODEL: 'gpt-image-1',
    PATTERNPIVOT_IMAGES_LOOK: 'photograph',
  };
  try {
    const args = [...create, '--images', 'openai', '--music', 'none', '--preview'];
    const run = await pivot(args, env);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/images/edits', '/v1/images/edits']);
    expect(JSON.stringify(readEvents(run))).toContain("The source's own picture takes its place.");
    const post = postSchema.parse(JSON.parse(await readFile(clipOf(run).files['post'] ?? '', 'utf8')));
    expect(post.made).toContainEqual(
      expect.objectContaining({ kind: 'picture', madeBy: 'openai:gpt-image-1', isRealistic: true }),
    );
    await pivot(args, env);
    // The first was kept, and the refused one is asked for again.
    expect(server.requests).toHaveLength(3);
  } finally {
    await server.close();
  }
});

it('says in three lines what it cannot make, and what to do', async () => {
  const server = await startImageServer(() => ({ png: makePng(100, 100).subarray(0, 200) }));
  await writeFile(join(folder, 'no-script.json'), '{"version":1}');
  try {
    const cases = [
      [['create', 'quantum chromodynamics of badgers', '--library', 'library'], {}, 'not_found.topic'],
      [['create', 'x', '--script', 'no-script.json', '--library', 'library'], {}, 'input.script_invalid'],
      [[...create.slice(0, -1), '--images', 'openai'], {}, 'input.no_images_key'],
      [
        [...create.slice(0, -1), '--images', 'openai'],
        { PATTERNPIVOT_IMAGES_BASE_URL: server.baseUrl },
        'provider.answer_unusable',
      ],
    ] as const;
    for (const [args, env, code] of cases) {
      const run = await pivot(args, env);
      const said = run.stderr.trim().split('\n').slice(-3);
      expect(run.exitCode).toBeGreaterThan(0);
      expect(said[0], run.stderr).toMatch(/^Error: /u);
      expect(said[1]).toContain(code);
      expect(said[2]?.trim()).not.toBe('');
      expect(run.stderr).not.toContain('    at ');
    }
  } finally {
    await server.close();
  }
});
