import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provenanceSchema } from '../../src/domain/provenance.ts';
import type { SpokenText } from '../../src/recipes/speak.ts';
import { consentPhrase } from '../../src/stages/speak/consent.ts';
import { makeSpokenWav } from '../fixtures/spoken-wav.ts';
import { startVoiceServer } from '../fixtures/voice-server.ts';
import { runPivot } from './run-pivot.ts';

let folder = '';
let server: Awaited<ReturnType<typeof startVoiceServer>>;
const pivot = (...args: string[]) => runPivot(args, { cwd: folder });
const configure = (voice: unknown) => writeFile(join(folder, 'pivot.config.json'), JSON.stringify({ voice }));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot speak '));
  server = await startVoiceServer();
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test('a text is spoken in sentences, with the time of each word', async () => {
  const text = 'In 2024, Dr. Smith paid $25.50. Why? Nobody knows.';
  const made = await pivot('speak', text, '--out', 'a.wav', '--words', 'a.json', '--json');
  expect(made).toMatchObject({ exitCode: 0 });
  const spoken = JSON.parse(await readFile(join(folder, 'a.json'), 'utf8')) as SpokenText;
  expect(JSON.parse(made.stdout)).toEqual(spoken);
  expect(spoken.timedBy).toBe('engine');
  expect(spoken.lines.map((line) => line.text)).toEqual([
    'In 2024, Dr. Smith paid $25.50.',
    'Why?',
    'Nobody knows.',
  ]);
  expect(spoken.lines.flatMap(({ words }) => words.map((word) => word.text)).join(' ')).toBe(text);
  expect(provenanceSchema.parse(spoken.provenance)).toMatchObject({
    kind: 'speech',
    madeBy: 'flite-2.3:slt',
    mayEarnMoney: true,
    isSynthetic: true,
    isRealistic: false,
  });
  const wav = await readFile(join(folder, 'a.wav'));
  expect(wav.readUInt32LE(24)).toBe(16_000);
  expect((wav.length - 44) / 4 / 16).toBeCloseTo(spoken.durationMs, -1);
  expect((await readdir(folder)).toSorted()).toEqual(['a.json', 'a.wav', 'workspace']);
});

test('words are written as the script has them, though a server says them otherwise, and terms are said first', async () => {
  await configure({ kind: 'kokoro', baseUrl: `${server.origin}/v1` });
  const made = await pivot('speak', 'It costs $5, not more.', '--out', 'b.wav', '--json');
  expect(made).toMatchObject({ exitCode: 0 });
  const [line] = (JSON.parse(made.stdout) as SpokenText).lines;
  expect(line?.words.map((word) => word.text)).toEqual(['It', 'costs', '$5,', 'not', 'more.']);
  // Of eight equal tokens the third and fourth: "five dollars".
  const [, costs, five, not] = line?.words ?? [];
  expect(five!.startMs).toBeGreaterThanOrEqual(costs!.endMs);
  expect(five!.endMs).toBeLessThanOrEqual(not!.startMs);
  expect(five!.endMs - five!.startMs).toBeGreaterThan(costs!.endMs - costs!.startMs);

  await configure({
    kind: 'coqui',
    baseUrl: server.origin,
    model: 'tts_models/multilingual/multi-dataset/xtts_v2',
  });
  const xtts = await pivot('speak', 'Hello there.', '--out', 'c.wav', '--json');
  expect(xtts.stderr).toContain(
    'Coqui Public Model License 1.0.0 (XTTS)) what it speaks must not earn money',
  );
  expect((JSON.parse(xtts.stdout) as SpokenText).provenance.mayEarnMoney).toBe(false);
  const before = server.requests.length;
  expect(await pivot('speak', 'Hello there.', '--out', 'c.wav')).toMatchObject({ exitCode: 0 });
  // What was paid or waited for is not asked for twice.
  expect(server.requests.length).toBe(before);
});

test('a voice is cloned only from a recording in which its owner agrees', async () => {
  await makeSpokenWav(join(folder, 'yes.wav'), ['Hello, it is me.', ...consentPhrase.split(/(?<=\.) /u)], {
    voice: 'rms',
  });
  await makeSpokenWav(join(folder, 'no.wav'), [
    'Hello, it is me.',
    'Today we talk about boats, and about wind.',
  ]);
  await configure({ kind: 'coqui', baseUrl: server.origin, model: 'xtts_v2', language: 'en' });
  const before = server.requests.length;
  const refused = await pivot('speak', 'Good morning.', '--reference', 'no.wav', '--out', 'd.wav');
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toContain(consentPhrase);
  expect(server.requests.length).toBe(before);
  const cloned = await pivot('speak', 'Good morning.', '--reference', 'yes.wav', '--out', 'd.wav', '--json');
  expect(cloned).toMatchObject({ exitCode: 0 });
  expect(server.requests.at(-1)?.form).toMatchObject({
    text: 'Good morning.',
    speaker_wav: expect.stringMatching(/yes\.wav$/u) as string,
  });
  expect((JSON.parse(cloned.stdout) as SpokenText).provenance).toMatchObject({
    madeBy: expect.stringMatching(/^coqui:xtts_v2:clone-[0-9a-f]{12}:en$/u) as string,
    isRealistic: true,
  });
});

test('what cannot be is said in three lines', async () => {
  await configure({ kind: 'carried', baseUrl: server.origin });
  const wrong = await pivot('speak', 'Hello.', '--out', 'e.wav');
  expect(wrong).toMatchObject({ exitCode: 2 });
  expect(wrong.stderr).toContain('voice.kind carried has none');
  await configure({});
  for (const args of [
    ['Hello.', '--out', 'e.mp3'],
    ['--out', 'e.wav'],
    ['… 🎬', '--out', 'e.wav'],
    ['Hello.', '--speaker', 'bob', '--out', 'e.wav'],
    ['Hello.', '--voice', 'openai', '--out', 'e.wav'],
    ['Hello.', '--reference', 'yes.wav', '--out', 'e.wav'],
  ]) {
    const { exitCode, stderr } = await pivot('speak', ...args);
    expect(exitCode, args.join(' ')).toBe(2);
    expect(stderr.trim().split('\n').length, stderr).toBe(3);
  }
});
