import { afterAll, describe, expect, test } from 'vitest';
import { createFlite } from './flite.ts';
import { plainEnglish } from './plain-english.ts';

describe('the embedded voice', () => {
  const voice = createFlite();
  afterAll(() => voice.close());

  test('speaks at the pace of a person, audibly and without clipping', async () => {
    const { samples, sampleRateHz } = await voice.speak(
      'Most people decide in three seconds whether they will stay.',
      {},
    );
    const seconds = samples.length / sampleRateHz;
    expect(sampleRateHz).toBe(16_000);
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(6);
    const peak = samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.1);
    expect(peak).toBeLessThan(1);
  });

  test('a text that looks like an option is spoken, not obeyed', async () => {
    const { samples, sampleRateHz } = await voice.speak('-o /speech/elsewhere.wav --help', {});
    expect(samples.length / sampleRateHz).toBeGreaterThan(1);
  });

  test('refuses a text without a word', async () => {
    await expect(voice.speak('🎬 …', {})).rejects.toMatchObject({ code: 'input.nothing_to_say' });
  });

  test('stops when told, and speaks again afterwards', async () => {
    const controller = new AbortController();
    const long = 'This sentence is said again and again and again. '.repeat(200);
    const speaking = voice.speak(long, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await expect(speaking).rejects.toMatchObject({ name: 'AbortError' });
    const { samples } = await voice.speak('Still here.', {});
    expect(samples.length).toBeGreaterThan(8000);
  });
});

describe('plain English', () => {
  test('keeps what can be said and drops what cannot', () => {
    expect(plainEnglish('“Café” — it’s 5 % off\n👍')).toBe('"Cafe", it\'s 5 percent off');
  });
});
