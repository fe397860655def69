import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../test/fixtures/make-media.ts';
import { needRecording } from '../../test/recordings.ts';
import { openAudio, type AudioOptions } from './open-audio.ts';
import { probeMedia } from './probe.ts';
import { runRender } from './run-render.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-media-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAll(path: string, options: Partial<AudioOptions> = {}) {
  const reader = openAudio(path, { sampleRateHz: 16_000, ...options });
  const samples: number[] = [];
  for await (const block of reader) for (const value of block) samples.push(value);
  return { samples: Float32Array.from(samples), loudness: reader.loudness() };
}

function levelOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

test('probes a file with a name of spaces, quotes, emoji, a newline and a colon', async () => {
  const path = await makeMedia({
    path: join(folder, `it's "a" \n🎬 concat:x|y.mp4`),
    frameRate: '30000/1001',
  });
  const info = await probeMedia(path);
  expect(info.durationMs).toBeGreaterThanOrEqual(1980);
  expect(info.durationMs).toBeLessThanOrEqual(2060);
  expect(info.video).toMatchObject([
    { codec: 'h264', width: 320, height: 180, displayWidth: 320, frameRate: { num: 30000, den: 1001 } },
  ]);
  expect(info.audio).toMatchObject([{ codec: 'aac', sampleRateHz: 48_000, channels: 1, isDefault: true }]);
});

test('shows anamorphic pictures in square pixels and tells uneven frames', async () => {
  const wide = await makeMedia({
    path: join(folder, 'wide.mp4'),
    pictureFilters: 'setsar=2/1',
    tone: 'none',
    width: 160,
  });
  expect((await probeMedia(wide)).video).toMatchObject([
    { width: 160, displayWidth: 320, displayHeight: 180, isVariableFrameRate: false },
  ]);
  const uneven = await makeMedia({
    path: join(folder, 'uneven.mkv'),
    pictureFilters: "select='mod(n,5)'",
    tone: 'none',
  });
  expect((await probeMedia(uneven)).video[0]?.isVariableFrameRate).toBe(true);
});

test('turns a telephone picture the way its display matrix says', async () => {
  const bytes = await readFile(await makeMedia({ path: join(folder, 'upright.mp4'), tone: 'none' }));
  // The matrix lies 40 bytes into a version 0 track header (ISO/IEC 14496-12, 8.3.2).
  const at = bytes.indexOf('tkhd') + 44;
  for (const [index, value] of [0, 65_536, 0, -65_536, 0, 0, 0, 0, 1 << 30].entries()) {
    bytes.writeInt32BE(value, at + index * 4);
  }
  await writeFile(join(folder, 'turned.mp4'), bytes);
  expect((await probeMedia(join(folder, 'turned.mp4'))).video).toMatchObject([
    { width: 320, height: 180, rotationDegrees: 90, displayWidth: 180, displayHeight: 320 },
  ]);
});

test('refuses what is no media, in one line and by a code', async () => {
  const whole = await readFile(await makeMedia({ path: join(folder, 'whole.mp4') }));
  const cases: [string, Uint8Array | string, string][] = [
    ['empty.mp4', '', 'input.empty'],
    ['text.mp4', 'This is a letter and no film.\n'.repeat(50), 'input.not_media'],
    ['list.mp4', "ffconcat version 1.0\nfile '/etc/hostname'\n", 'input.refused_container'],
    ['bare list.mp4', "file '/etc/hostname'\n", 'input.refused_container'],
    ['hls.mp4', '#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n', 'input.refused_container'],
    ['hls with a mark.ts', '\uFEFF#EXTM3U\n#EXTINF:9,\nhttp://localhost/\n', 'input.refused_container'],
    ['dash.mp4', '<?xml version="1.0"?>\n<MPD type="static"></MPD>', 'input.refused_container'],
    ['drawing.mp4', '<svg xmlns:xlink="http://www.w3.org/1999/xlink"></svg>', 'input.refused_container'],
    ['session.mp4', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n', 'input.refused_container'],
    ['subtitles.mp4', '1\n00:00:01,000 --> 00:00:02,000\nHi\n', 'input.refused_container'],
    ['cut-off.mp4', whole.subarray(0, Math.floor(whole.length / 4)), 'input.truncated'],
  ];
  for (const [name, content, code] of cases) {
    await writeFile(join(folder, name), content);
    const refusal: unknown = await probeMedia(join(folder, name)).catch((error: unknown) => error);
    expect(refusal, name).toMatchObject({ code });
    expect((refusal as Error).message).not.toContain('\n');
  }
  await expect(probeMedia(join(folder, 'nowhere.mp4'))).rejects.toMatchObject({ code: 'input.missing' });
  await expect(probeMedia(folder)).rejects.toMatchObject({ code: 'input.not_a_file' });
});

test('reads sound as mono at the asked rate, whole or in part', async () => {
  const path = await makeMedia({ path: join(folder, 'tone.mp4'), durationMs: 3000 });
  const whole = await readAll(path);
  expect(whole.samples.length / 16_000).toBeCloseTo(3, 1);
  expect(levelOf(whole.samples)).toBeCloseTo(0.2 / Math.SQRT2, 2);
  // A 440 Hz sine of amplitude 0.2 in one channel.
  expect(whole.loudness.integratedLufs).toBeCloseTo(-17.6, 0);
  expect(Math.abs(whole.loudness.truePeakDbtp + 14)).toBeLessThan(1.5);
  const part = await readAll(path, { fromMs: 1250, toMs: 2000 });
  expect(part.samples.length).toBe(12_000);
  const phase = whole.samples.subarray(20_000, 20_400);
  const difference = part.samples.subarray(0, 400).map((value, index) => value - (phase[index] ?? 0));
  expect(levelOf(difference)).toBeLessThan(0.02);
});

test('fills gaps and damaged places with silence, so that time stays true', async () => {
  const gap = await makeMedia({
    path: join(folder, 'gap.mkv'),
    durationMs: 4000,
    soundFilters: "aselect='not(between(t,1,2))'",
  });
  const { samples } = await readAll(gap);
  expect(samples.length / 16_000).toBeCloseTo(4, 1);
  expect(levelOf(samples.subarray(16_000 * 1.2, 16_000 * 1.8))).toBeLessThan(0.001);
  expect(levelOf(samples.subarray(16_000 * 2.2, 16_000 * 3.8))).toBeGreaterThan(0.1);

  const bytes = await readFile(await makeMedia({ path: join(folder, 'sound.mp4'), durationMs: 4000 }));
  const start = Math.floor(bytes.length * 0.4);
  bytes.fill(0xa5, start, start + 4000);
  await writeFile(join(folder, 'damaged.mp4'), bytes);
  expect((await readAll(join(folder, 'damaged.mp4'))).samples.length / 16_000).toBeCloseTo(4, 0);
});

test('mixes 5.1 down, keeps the centre, and reads mono of 8 kHz', async () => {
  const surround = await makeMedia({
    path: join(folder, 'surround.m4a'),
    pattern: 'none',
    tone: '0|0|0.3*sin(2*PI*300*t)|0|0|0',
    soundFilters: 'aformat=channel_layouts=5.1',
  });
  expect(levelOf((await readAll(surround)).samples)).toBeGreaterThan(0.05);
  const telephone = await makeMedia({ path: join(folder, 'phone.wav'), pattern: 'none', sampleRateHz: 8000 });
  expect((await readAll(telephone)).samples.length).toBe(32_000);
});

test('says when there is no sound, and stops when told to', async () => {
  const silent = await makeMedia({ path: join(folder, 'silent.mp4'), tone: 'none' });
  await expect(readAll(silent)).rejects.toMatchObject({ code: 'input.no_audio' });
  const stop = new AbortController();
  const reader = openAudio(join(folder, 'tone.mp4'), { sampleRateHz: 16_000, signal: stop.signal });
  stop.abort();
  await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'AbortError' });
});

test('a render that cannot be written says so', async () => {
  await expect(makeMedia({ path: join(folder, 'no-such-folder', 'x.mp4') })).rejects.toMatchObject({
    code: 'not_found.file',
  });
  const graph = { inputs: [], filters: 'nosuchfilter[out]', outputs: [], durationSeconds: 1, files: [] };
  await expect(runRender(graph)).rejects.toThrow(/filter/iu);
});

test('tells the variable frame rate of a real recording', async (context) => {
  const info = await probeMedia(needRecording(context, 'shots/goldeneye-vfr-drop3.mp4'));
  expect(info.video[0]?.isVariableFrameRate).toBe(true);
});
