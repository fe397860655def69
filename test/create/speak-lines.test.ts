import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSilero } from '../../src/adapters/speech-detector/silero.ts';
import { createMoonshine } from '../../src/adapters/transcriber/moonshine.ts';
import { createFlite } from '../../src/adapters/voice/flite.ts';
import { scoreWords } from '../../src/domain/word-errors.ts';
import type { Speech, Voice } from '../../src/ports/voice.ts';
import { joinSpeech } from '../../src/stages/speak/join-speech.ts';
import { speakLines } from '../../src/stages/speak/speak-lines.ts';

let folder: string;
const transcriber = createMoonshine({ processes: 1 });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot speak '));
});
afterAll(async () => {
  await transcriber.close();
  await rm(folder, { recursive: true, force: true });
});

const ports = (voice: Voice) => ({
  voice,
  transcriber,
  openSpeechDetector: openSilero,
  cache: {
    remember: <T>({ run }: { run(): Promise<T> }) => run(),
    rememberFile: () => Promise.reject(new Error('not used')),
  },
});
const context = { signal: new AbortController().signal, report: () => {} };

describe('lines that are spoken', () => {
  const lines = [
    'Every morning I was three minutes late, and I did not know why.',
    'Why do you say goodbye four times?',
    'I was not slow. I was just bad at leaving.',
  ];

  it('are understood, lie apart, and have the times at which their words are heard', async () => {
    const voice = createFlite();
    try {
      const path = join(folder, 'voice.wav');
      const { source, lines: spoken, timedBy } = await speakLines(lines, path, ports(voice), context);
      expect(timedBy).toBe('engine');
      expect(spoken.map(({ text }) => text)).toEqual(lines);
      expect(spoken.map(({ words }) => words.map(({ text }) => text).join(' '))).toEqual(lines);
      expect(source.info.durationMs).toBeGreaterThan((spoken.at(-1)?.endMs ?? 0) + 300);
      for (const [index, line] of spoken.entries()) {
        const before = spoken[index - 1];
        if (before !== undefined)
          expect(line.startMs - before.endMs).toBe(before.text.endsWith('?') ? 420 : 260);
        for (const [at, word] of line.words.entries()) {
          expect(word.startMs).toBeGreaterThanOrEqual(line.words[at - 1]?.startMs ?? line.startMs);
          expect(word.endMs).toBeLessThanOrEqual(line.endMs);
        }
        // The last word is heard at the end of its line.
        expect(line.endMs - (line.words.at(-1)?.endMs ?? 0)).toBeLessThan(250);
      }
      const whole = joinSpeech([{ text: lines.join(' '), speech: await voice.speak(lines.join(' '), {}) }]);
      const [heard] = await transcriber.transcribe([{ startMs: 0, samples: whole.samples }], {});
      const said = heard?.words.map(({ text }) => text).join(' ') ?? '';
      expect(scoreWords(lines.join(' '), said, 'spoken-english').rate).toBeLessThanOrEqual(0.1);
      expect(await readdir(folder)).toEqual(['voice.wav']);
    } finally {
      await voice.close();
    }
  });

  it('are as the engine times them where it does, and a line without sound is told', async () => {
    const tone = (ms: number, level: number): Float32Array =>
      Float32Array.from({ length: ms * 16 }, (_, index) => level * Math.sin(index / 3));
    const samples = new Float32Array(16_000);
    samples.set(tone(500, 0.3), 4000);
    const speech: Speech = {
      sampleRateHz: 16_000,
      samples,
      words: [{ text: 'One', startMs: 250, endMs: 750 }],
    };
    const voice: Voice = {
      model: 'test',
      terms: { licence: 'none', mayEarnMoney: true },
      speak: async (text) =>
        text === 'silence' ? { sampleRateHz: 16_000, samples: new Float32Array(8000) } : speech,
      close: async () => {},
    };
    const path = join(folder, 'timed.wav');
    const { lines: spoken, timedBy } = await speakLines(['One', 'One'], path, ports(voice), context);
    expect(timedBy).toBe('engine');
    expect(spoken.map(({ words }) => words[0]?.startMs)).toEqual([120, 880]);
    await expect(speakLines(['silence'], path, ports(voice), context)).rejects.toMatchObject({
      code: 'provider.voice_silent',
    });
  });

  it('are brought to one level', () => {
    const speech = (level: number): Speech => ({
      sampleRateHz: 16_000,
      samples: Float32Array.from({ length: 16_000 }, (_, index) => level * Math.sin(index / 3)),
    });
    const { samples, lines: places } = joinSpeech(
      [0.1, 0.2, 0.4].map((level) => ({ text: 'x', speech: speech(level) })),
    );
    const peaks = places.map(({ startMs, endMs }) =>
      Math.max(...samples.subarray(startMs * 16 + 200, endMs * 16 - 200)),
    );
    // A sine's peak is 3 dB above its power: −17 dB.
    for (const peak of peaks) expect(peak).toBeCloseTo(0.141, 2);
  });
});
