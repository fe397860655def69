import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { speakConversation, writeRecording, type Conversation } from '../../test/fixtures/conversation.ts';
import { forgetfulCache, makeContext } from '../../test/fixtures/make-timeline.ts';
import { createMoonshine } from '../adapters/transcriber/moonshine.ts';
import { openSilero } from '../adapters/speech-detector/silero.ts';
import type { Source } from '../domain/source.ts';
import { hear } from '../stages/hear/hear.ts';
import { openIndexDatabase } from './index-database.ts';
import { openRecording } from './recording.ts';

let folder: string;
let talk: Conversation;
let source: Source;
const world = { index: openIndexDatabase(':memory:'), cache: forgetfulCache };
const transcriber = createMoonshine();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-recording-'));
  talk = await speakConversation([
    [0, 'Welcome back to the show. Today we talk about the people who work at night.'],
    [1, 'Thank you for having me. I have been a doctor for twenty years.'],
    [0, 'What was the worst night of them all?'],
    [1, 'That was the night when the power failed in the whole city.'],
  ]);
  const paths = [
    await writeRecording(
      join(folder, 'bob.wav'),
      talk,
      { gains: [0.03, 0.2], fromMs: 1500, noise: 0.002 },
      1,
    ),
    await writeRecording(join(folder, 'alice.wav'), talk, { gains: [0.8, 0.2], delaysMs: [0, 4] }, 2),
    await writeRecording(
      join(folder, 'room mix.wav'),
      talk,
      { gains: [0.2, 0.2], fromMs: 700, noise: 0.01, echo: 0.6 },
      3,
    ),
  ];
  source = await openRecording(paths, world, makeContext());
});
afterAll(async () => {
  await transcriber.close();
  world.index.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a recording of several files', () => {
  test('is one source as long as all together, its files at their places, the speakers named', () => {
    expect(source.members?.map(({ speaker }) => speaker)).toEqual(['Bob', 'Alice', undefined]);
    const offsets = source.members?.map(({ offsetMs }) => offsetMs) ?? [];
    for (const [index, expected] of [1500, 0, 700].entries()) {
      expect(Math.abs((offsets[index] ?? -99) - expected)).toBeLessThan(20);
    }
    expect(Math.abs(source.info.durationMs - talk.durationMs)).toBeLessThan(30);
    expect(source.info.audio).toHaveLength(1);
  });

  test('is heard as a mix of its microphones, every word given to who says it, a sentence to one speaker', async () => {
    const ports = { transcriber, openSpeechDetector: openSilero, cache: forgetfulCache };
    const heard = await hear(source, { glossary: [] }, ports, makeContext());
    if (heard.status !== 'done') throw new Error(heard.reason);
    const { words, sentences } = heard.value.transcript;
    expect(words.length).toBeGreaterThan(35);
    for (const word of words) {
      const middleMs = (word.startMs + word.endMs) / 2;
      const turn = talk.turns.find(({ startMs, endMs }) => middleMs > startMs && middleMs < endMs);
      if (turn !== undefined) expect(word.speaker, word.text).toBe(['Alice', 'Bob'][turn.speaker]);
    }
    const speakers = sentences.map(
      ({ wordStart, wordEnd }) => new Set(words.slice(wordStart, wordEnd).map((word) => word.speaker)),
    );
    expect(speakers.every((names) => names.size === 1)).toBe(true);
    expect(words.map((word) => word.text.toLowerCase()).join(' ')).toMatch(
      /thank you for having me.* doctor/u,
    );
  });

  test('hears a part of it in the time of the whole', async () => {
    const ports = { transcriber, openSpeechDetector: openSilero, cache: forgetfulCache };
    const third = talk.turns[2]!;
    const range = { startMs: third.startMs - 300, endMs: talk.durationMs };
    const heard = await hear(source, { glossary: [], range }, ports, makeContext());
    if (heard.status !== 'done') throw new Error(heard.reason);
    const [first] = heard.value.transcript.words;
    expect(first?.text).toMatch(/^what/iu);
    expect(Math.abs((first?.startMs ?? 0) - third.startMs)).toBeLessThan(150);
    expect(first?.speaker).toBe('Alice');
  });

  test('needs two different files', async () => {
    const path = join(folder, 'bob.wav');
    await expect(openRecording([path], world, makeContext())).rejects.toMatchObject({
      code: 'input.recording_of_one',
    });
    await expect(openRecording([path, path], world, makeContext())).rejects.toMatchObject({
      code: 'input.same_file_twice',
    });
  });
});
