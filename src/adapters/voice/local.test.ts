import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  tinyLetterSamples,
  tinyVoiceRateHz,
  writeTinySupertonic,
  writeTinyVits,
} from '../../../test/fixtures/tiny-voice.ts';
import { openLocalVoice, type LocalVoiceOptions } from './local.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-voice-'));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (name: string, change: Partial<LocalVoiceOptions> = {}) =>
  openLocalVoice({
    folder: join(folder, name),
    speed: 1,
    termsOf: (kind) => ({ licence: kind, mayEarnMoney: false }),
    ...change,
  });

test('a VITS model in a folder reads letters, and numbers as words', async () => {
  await writeTinyVits(join(folder, 'mms'));
  const voice = await open('mms');
  try {
    expect(voice).toMatchObject({ model: 'local:mms', terms: { licence: 'vits' } });
    const { samples, sampleRateHz } = await voice.speak('Take 3.', {});
    expect(sampleRateHz).toBe(tinyVoiceRateHz);
    expect(samples.length).toBe('take three'.length * tinyLetterSamples);
    await expect(voice.speak('…', {})).rejects.toMatchObject({ code: 'input.nothing_to_say' });
    await expect(voice.speak('a'.repeat(2000), {})).rejects.toMatchObject({ code: 'input.text_too_long' });
  } finally {
    await voice.close();
  }
});

test('a Supertonic model speaks with the voice of its file, as fast as it is told', async () => {
  await writeTinySupertonic(join(folder, 'supertonic'));
  for (const { name, speed, level } of [
    { name: undefined, speed: 1, level: 0.5 },
    { name: 'M1', speed: 2, level: 0.25 },
  ]) {
    const voice = await open('supertonic', { name, speed });
    try {
      const { samples } = await voice.speak('good morning', {});
      expect(samples[0]).toBeCloseTo(level, 5);
      expect(samples.length).toBe(Math.ceil((12 * 0.05 * tinyVoiceRateHz) / (1.05 * speed)));
    } finally {
      await voice.close();
    }
  }
  await expect(open('supertonic', { name: '../F1' })).rejects.toMatchObject({
    code: 'input.voice_unknown',
    hint: expect.stringContaining('F1, M1') as string,
  });
});

test('a folder that is none, lacks a file or holds something else is told of at once', async () => {
  await expect(open('nowhere')).rejects.toMatchObject({ code: 'not_found.model_folder' });
  await writeTinyVits(join(folder, 'half'));
  await rm(join(folder, 'half/onnx/model.onnx'));
  await expect(open('half')).rejects.toMatchObject({
    code: 'input.model_incomplete',
    message: expect.stringContaining('onnx/model.onnx') as string,
  });
  await writeFile(join(folder, 'half/config.json'), '{"model_type": "style_text_to_speech_2"}');
  await expect(open('half')).rejects.toMatchObject({ code: 'input.model_kind' });
  await writeFile(join(folder, 'half/config.json'), 'nonsense');
  await expect(open('half')).rejects.toMatchObject({ code: 'input.model_unreadable' });
  await writeTinyVits(join(folder, 'damaged'));
  await writeFile(join(folder, 'damaged/onnx/model.onnx'), Buffer.alloc(200, 7));
  const voice = await open('damaged');
  await expect(voice.speak('Hello', {})).rejects.toMatchObject({ code: 'input.model_unreadable' });
  await voice.close();
});
