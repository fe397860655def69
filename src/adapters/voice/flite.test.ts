import { afterAll, describe, expect, test } from 'vitest';
import { createFlite } from './flite.ts';
import { plainEnglish, spellNumbers } from './plain-english.ts';

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

  test('says when each word is heard, numbers and abbreviations too', async () => {
    const text = 'In 2024, Dr. Smith paid $25.50 for 3 apples, and left the U.S. at 7:30.';
    const { samples, sampleRateHz, words = [] } = await voice.speak(text, {});
    expect(words.map((word) => word.text).join(' ')).toBe(text);
    const toMs = (sample: number) => (sample / sampleRateHz) * 1000;
    const isHeard = (sample: number) => Math.abs(sample) > 0.01;
    expect(Math.abs(words[0]!.startMs - toMs(samples.findIndex(isHeard)))).toBeLessThan(60);
    expect(Math.abs(words.at(-1)!.endMs - toMs(samples.findLastIndex(isHeard)))).toBeLessThan(80);
    const lengthOf = (index: number) => words[index]!.endMs - words[index]!.startMs;
    // "Twenty-five dollars fifty cents" takes longer than "paid", and a comma is a pause that belongs to no word.
    expect(lengthOf(5)).toBeGreaterThan(1000);
    expect(lengthOf(4)).toBeLessThan(400);
    expect(words[2]!.startMs - words[1]!.endMs).toBeGreaterThan(80);
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

  test('spells numbers for voices that know letters alone', () => {
    expect(spellNumbers('In 2024, $25 or 3.5 % of them said “no”.')).toBe(
      'In two thousand twenty four, twenty five dollars or three point five percent of them said “no”.',
    );
  });
});
