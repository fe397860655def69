import type { ChildProcess } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decisionSchema } from '../../src/domain/decision.ts';
import { parseTimelineText } from '../../src/domain/timeline-parse.ts';
import type { Timeline } from '../../src/domain/timeline.ts';
import { openFrames } from '../../src/media/open-frames.ts';
import { makeTalk } from '../fixtures/talk.ts';
import { findChromium } from './chromium.ts';
import { runPivot, smallClips, startPivot } from './run-pivot.ts';

const chromiumPath = findChromium();

/** A word that nobody says, as the right one for a misheard one: if it is anywhere, we put it there. */
const rightWord = 'Zanzibar';

let folder: string;
let clips: string;
let browser: Browser;
let page: Page;
let server: ChildProcess;
let url: string;
const problems: string[] = [];

const pivot = (...args: string[]) => runPivot(args, { cwd: folder, env: smallClips });
const read = (name: string) => readFile(join(clips, name), 'utf8');
const readTimeline = async (name: string) => parseTimelineText(await read(`${name}.timeline.json`));
const readDecisions = async () =>
  (await read('decisions.jsonl'))
    .trim()
    .split('\n')
    .map((line) => decisionSchema.parse(JSON.parse(line)));
const press = (key: string) => page.keyboard.press(key);
const said = (text: string | RegExp) => page.locator('#toast', { hasText: text }).waitFor();
const chosen = () => page.locator('.row[aria-current=true] b').textContent();

/** Starts the server and gives its address. */
async function startReview(): Promise<string> {
  server = startPivot(['review', clips, '--no-open', '--quiet'], { cwd: folder, env: smallClips });
  return new Promise((resolve, reject) => {
    server.stdout?.on('data', (text) => resolve(String(text).trim()));
    server.on('close', () => reject(new Error('pivot review ended before it said where it is.')));
  });
}

async function endReview(): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => server.on('close', resolve));
  server.kill('SIGINT');
  return ended;
}

/** The gray pixels of a film at a time. */
async function pixelsAt(path: string, atMs: number, timeline: Timeline): Promise<Uint8Array> {
  const frames = openFrames(path, {
    ranges: [{ startMs: atMs, endMs: atMs + 100 }],
    frameRate: timeline.frameRate,
    sizes: [{ name: 'whole', width: timeline.width, pixelFormat: 'gray', everyFrames: 1 }],
  });
  for await (const frame of frames) return frame.data;
  throw new Error(`${path} has no frame at ${atMs} ms.`);
}

/** How much two pictures differ in the mean, of 255. */
function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'pivot review '));
  await copyFile((await makeTalk()).path, join(folder, 'talk.mp4'));
  clips = join(folder, 'clips', 'talk');
  const made = await pivot('make', 'talk.mp4', '--min', '8', '--max', '15', '--count', '3', '--preview');
  expect(made.exitCode).toBe(0);
  browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  url = await startReview();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) problems.push(`asked for ${request.url()}`);
  });
});
afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) await endReview();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const test = (name: string, run: () => Promise<void>) =>
  it(name, async (context) => {
    if (chromiumPath === undefined) context.skip('there is no Chromium (set PATTERNPIVOT_CHROMIUM)');
    await run();
  });

test('shows the clips to whoever has the address, and takes the token out of it', async () => {
  await page.goto(url);
  await page.locator('.words .word.inside').first().waitFor();
  expect(new URL(page.url()).hash).toBe('');
  expect(await page.locator('.row').count()).toBe(3);
  const stranger = await browser.newPage();
  await stranger.goto(new URL(url).origin);
  await stranger.getByText('belongs to a review that has ended').waitFor();
  await stranger.close();
});

test('plays a preview, goes on by key, and shows which word is spoken', async () => {
  await page.locator('.frame[data-film=ready]').waitFor();
  await press(' ');
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.7);
  await page.locator('.word.spoken').waitFor();
  await press(' ');
  expect(await page.evaluate(() => document.querySelector('video')?.paused)).toBe(true);
  const first = await chosen();
  await press('j');
  expect(await chosen()).not.toBe(first);
  await press('k');
  expect(await chosen()).toBe(first);
});

test('keeps and rejects by key, goes on to the next, takes back, and knows it all after a reload', async () => {
  const names = (await readdir(clips)).filter((name) => name.endsWith('.timeline.json'));
  await press('f');
  await said('Clip 1 is kept');
  await page.locator('.row[aria-current=true] b', { hasText: '2.' }).waitFor();
  await press('x');
  await said('Clip 2 is rejected');
  expect((await readdir(join(clips, 'rejected'))).length).toBeGreaterThan(3);
  await press('u');
  await said('Taken back: reject clip 2');
  await expect(stat(join(clips, 'rejected'))).rejects.toThrow();
  expect((await readdir(clips)).filter((name) => name.endsWith('.timeline.json'))).toEqual(names);
  await page.locator('.row[aria-current=true] b', { hasText: '2.' }).waitFor();
  await press('x');
  await said('Clip 2 is rejected');
  await page.reload();
  await page.locator('.row.kept').waitFor();
  expect(await page.locator('.row.rejected b').textContent()).toMatch(/^2\./u);
  expect(await page.locator('.sum').textContent()).toBe('3 clips · 1 kept · 1 rejected · 1 to decide');
});

test('nudges the ends by a word, into the timeline beside the clip', async () => {
  const name = (await readDecisions()).find((decision) => decision.kind === 'keep')?.clip ?? '';
  await page.locator('.row').first().click();
  const before = (await readTimeline(name)).captions.cues.flatMap((cue) =>
    cue.words.map((word) => word.text),
  );
  await press('{');
  await page.locator('.state', { hasText: 'changed' }).waitFor();
  const after = (await readTimeline(name)).captions.cues.flatMap((cue) => cue.words.map((word) => word.text));
  expect(after).toEqual(before.slice(0, -1));
  // The film that was there shows the old end: a new preview takes its place by itself.
  await page.locator('.frame[data-film=old]').waitFor();
  await page.locator('.frame[data-film=ready]').waitFor();
});

test('fixes a misheard word once: it is in the subtitles, the transcript and the picture', async () => {
  const name = (await readDecisions()).find((decision) => decision.kind === 'keep')?.clip ?? '';
  const wrong = await readTimeline(name);
  const word = page.locator('.word.inside', { hasText: /^\p{L}{6,}/u }).first();
  const heard = ((await word.textContent()) ?? '').replace(/[^\p{L}]+$/u, '');
  await word.click();
  await page.locator('.writing input[type=text]').fill(rightWord);
  await press('Enter');
  await said(rightWord);
  expect(await read(`${name}.srt`)).toContain(rightWord);
  expect(await read(`${name}.vtt`)).toContain(rightWord);
  expect(await read('transcript.json')).toContain(`"text": "${rightWord}`);
  expect((await readDecisions()).at(-1)).toMatchObject({ kind: 'fix', detail: { heard, right: rightWord } });

  await press('r');
  await page.getByText('All kept are rendered').waitFor({ timeout: 90_000 });
  expect(await page.locator('.row.kept .state').textContent()).toContain('rendered');
  const right = await readTimeline(name);
  const cue = right.captions.cues.find(({ words }) => words.some(({ text }) => text.includes(rightWord)));
  const spoken = cue?.words.find(({ text }) => text.includes(rightWord));
  expect(spoken).toBeDefined();
  const atMs = Math.round(((spoken?.startMs ?? 0) + (spoken?.endMs ?? 0)) / 2);

  // The film against one that is rendered anew of the same timeline, and against one of the misheard words.
  await writeFile(join(folder, 'right.timeline.json'), JSON.stringify(right));
  await writeFile(join(folder, 'wrong.timeline.json'), JSON.stringify(wrong));
  await pivot('render', 'right.timeline.json', '--out', 'right.mp4', '--force');
  await pivot('render', 'wrong.timeline.json', '--out', 'wrong.mp4');
  const film = await pixelsAt(join(clips, `${name}.mp4`), atMs, right);
  const same = difference(film, await pixelsAt(join(folder, 'right.mp4'), atMs, right));
  const other = difference(film, await pixelsAt(join(folder, 'wrong.mp4'), atMs, right));
  expect(same).toBeLessThan(0.5);
  expect(other).toBeGreaterThan(same + 1);
});

test('ends with Ctrl-C, says so on the page, and had nothing to complain of', async () => {
  expect(problems).toEqual([]);
  expect(await endReview()).toBe(0);
  await page.getByText('pivot review has ended').waitFor();
});

test('holds what was decided in a later make: kept stays, rejected does not come back, fixes hold', async () => {
  const decisions = await readDecisions();
  const kept = decisions.find((decision) => decision.kind === 'keep')?.clip ?? '';
  const rejected = decisions.findLast((decision) => decision.kind === 'reject')?.clip ?? '';
  const made = await pivot('make', 'talk.mp4', '--min', '8', '--max', '15', '--count', '3', '--preview');
  expect(made.exitCode).toBe(0);
  const there = (await readdir(clips)).filter((name) => name.endsWith('.timeline.json'));
  expect(there).toContain(`${kept}.timeline.json`);
  expect(there).not.toContain(`${rejected}.timeline.json`);
  expect(await read(`${kept}.srt`)).toContain(rightWord);
  expect(await read('transcript.json')).toContain(rightWord);
});
