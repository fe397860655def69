import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavBytes } from '../../../scripts/wav-file.ts';
import type { AudioStream, MediaInfo } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';
import type { AudioPiece, Transcriber } from '../../ports/transcriber.ts';
import { stageKey, type CachedWork, type Progress, type StageCache } from '../stage.ts';
import { hear, type HearOptions } from './hear.ts';
import { listen } from './listen.ts';

const sampleRateHz = 16_000;
const windowSamples = 512;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-hear-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Seconds of sound and of silence in turn; sound is a tone whose pitch tells the time. */
function makeSound(...seconds: number[]): Float32Array {
  const samples = new Float32Array(Math.round(seconds.reduce((a, b) => a + b, 0) * sampleRateHz));
  let at = 0;
  for (const [index, length] of seconds.entries()) {
    const end = at + Math.round(length * sampleRateHz);
    if (index % 2 === 0) {
      for (let i = at; i < end; i++) samples[i] = 0.3 * Math.sin((i * (200 + i / 2000)) / sampleRateHz);
    }
    at = end;
  }
  return samples;
}

async function makeSource(
  name: string,
  samples: Float32Array,
  stream: Partial<AudioStream> = {},
): Promise<Source> {
  const path = join(folder, name);
  await writeFile(path, wavBytes(samples, sampleRateHz));
  const audio: AudioStream = {
    index: 0,
    codec: 'pcm_s16le',
    sampleRateHz,
    channels: 1,
    language: undefined,
    isDefault: true,
    startMs: 0,
    ...stream,
  };
  const info: MediaInfo = {
    container: 'wav',
    durationMs: Math.round((samples.length / sampleRateHz) * 1000),
    sizeBytes: samples.length * 2,
    video: [],
    audio: [audio],
    tags: {},
  };
  return { path, contentHash: `sha256:${name}`, info };
}

/** Hears speech wherever it is loud. */
const openLoudnessDetector: OpenSpeechDetector = () => {
  let rest: number[] = [];
  return Promise.resolve({
    model: 'loud',
    windowSamples,
    push(samples) {
      const all = [...rest, ...samples];
      const whole = Math.floor(all.length / windowSamples);
      rest = all.slice(whole * windowSamples);
      return Promise.resolve(
        Float32Array.from({ length: whole }, (_, window) => {
          const part = all.slice(window * windowSamples, (window + 1) * windowSamples);
          return Math.hypot(...part) / Math.sqrt(windowSamples) > 0.05 ? 0.95 : 0.02;
        }),
      );
    },
    close: () => Promise.resolve(),
  });
};

const script = ['patern', 'is', 'what', 'we', 'talk', 'about', 'today', 'and', 'again', 'next.'];

/** Hears a word every 500 ms wherever it is loud, from a script. */
function scriptTranscriber(failAtPiece = Infinity) {
  const pieces: AudioPiece[] = [];
  const transcriber: Transcriber = {
    model: 'scripted',
    languages: ['en'],
    batchSize: 2,
    concurrency: 2,
    async transcribe(batch, { signal }) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      signal?.throwIfAborted();
      return batch.map((piece) => {
        pieces.push(piece);
        if (pieces.length >= failAtPiece) throw new Error('The recogniser broke.');
        const words: Word[] = [];
        for (let ms = 250; ms + 500 <= piece.samples.length / 16; ms += 500) {
          if (!piece.samples.subarray(ms * 16, (ms + 400) * 16).every((sample) => Math.abs(sample) < 0.01)) {
            words.push({
              text: script[words.length % script.length] ?? 'so',
              startMs: piece.startMs + ms,
              endMs: piece.startMs + ms + 400,
              confidence: 0.9,
            });
          }
        }
        return { words };
      });
    },
    close: () => Promise.resolve(),
  };
  return { transcriber, pieces };
}

/** Keeps results in memory, under their real keys. */
function createMemoryCache(): StageCache & { forget(name: string): void } {
  const results = new Map<string, { name: string; json: string }>();
  return {
    async remember<T>(work: CachedWork<T>) {
      const key = stageKey(work);
      const known = results.get(key);
      if (known !== undefined) return work.schema.parse(JSON.parse(known.json));
      const result = await work.run();
      results.set(key, { name: work.name, json: JSON.stringify(work.schema.parse(result)) });
      return result;
    },
    rememberFile: () => Promise.reject(new Error('Hearing makes no files.')),
    forget(name) {
      for (const [key, result] of results) if (result.name === name) results.delete(key);
    },
  };
}

async function hearIt(
  source: Source,
  options: Partial<HearOptions> = {},
  {
    transcriber = scriptTranscriber().transcriber,
    cache = createMemoryCache() as StageCache,
    signal = new AbortController().signal,
    report = (_: Progress) => {},
  } = {},
) {
  const ports = { transcriber, openSpeechDetector: openLoudnessDetector, cache };
  const outcome = await hear(source, { glossary: [], ...options }, ports, { signal, report });
  if (outcome.status === 'skipped') throw new Error(`Skipped: ${outcome.reason}`);
  return outcome.value;
}

describe('hear', () => {
  it('gives words, sentences, speech, level and loudness in the time of the source', async () => {
    const source = await makeSource('talk.wav', makeSound(12, 2, 9, 0.5, 15, 3, 4, 1));
    const progress: Progress[] = [];
    const { transcript, sound } = await hearIt(source, {}, { report: (step) => progress.push(step) });

    expect(transcript).toMatchObject({ version: 1, language: 'en', source: 'scripted', durationMs: 46_500 });
    expect(transcript.words.length).toBeGreaterThan(60);
    for (const [index, word] of transcript.words.entries()) {
      expect(word.startMs).toBeGreaterThanOrEqual(transcript.words[index - 1]?.endMs ?? 0);
    }
    expect(transcript.sentences.length).toBeGreaterThan(1);
    expect(sound.speech).toHaveLength(4);
    for (const [index, startMs] of [0, 14_000, 23_500, 41_500].entries()) {
      expect(Math.abs((sound.speech[index]?.startMs ?? Infinity) - startMs)).toBeLessThan(100);
    }
    expect(sound.envelopeDbfs).toHaveLength(46_500 / 50);
    expect(sound.envelopeDbfs[100]).toBeCloseTo(-13.5, 0);
    expect(sound.envelopeDbfs[13_000 / 50]).toBe(-100);
    // The tone's peak, and a little more where it sets in at once.
    expect(sound.loudness.truePeakDbtp).toBeGreaterThan(-10.6);
    expect(sound.loudness.truePeakDbtp).toBeLessThan(-9);
    const done = progress.map((step) => step.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toEqual({ done: 46.5, total: 46.5, unit: 's' });
  });

  it('recognises nothing again for another glossary, and puts its names right', async () => {
    const source = await makeSource('again.wav', makeSound(12, 2, 9, 1));
    const cache = createMemoryCache();
    const first = await hearIt(source, {}, { cache });
    const { transcriber, pieces } = scriptTranscriber();
    const second = await hearIt(source, { glossary: ['Pattern'] }, { cache, transcriber });
    expect(pieces).toHaveLength(0);
    expect(second.transcript.words.map((word) => word.startMs)).toEqual(
      first.transcript.words.map((word) => word.startMs),
    );
    expect(second.transcript.words[0]).toMatchObject({ text: 'Pattern', heardAs: 'patern' });
  });

  it('goes on with the pieces that were missing when the work broke off', async () => {
    const source = await makeSource('broken.wav', makeSound(12, 2, 13, 2, 14, 2, 15, 2, 16, 2, 17, 2));
    const cache = createMemoryCache();
    const broken = scriptTranscriber(5);
    await expect(hearIt(source, {}, { cache, transcriber: broken.transcriber })).rejects.toThrow('broke');
    const rest = scriptTranscriber();
    const resumed = await hearIt(source, {}, { cache, transcriber: rest.transcriber });
    const whole = await hearIt(source);
    expect(rest.pieces.length).toBeLessThan(6);
    expect(rest.pieces.length).toBeGreaterThan(0);
    expect(resumed).toEqual(whole);
  });

  it('reads only the part that is asked for, in the time of the source', async () => {
    const source = await makeSource('part.wav', makeSound(12, 2, 9, 2, 20));
    const { transcript, sound } = await hearIt(source, { range: { startMs: 13_000, endMs: 24_000 } });
    expect(transcript.durationMs).toBe(45_000);
    expect(sound.speech).toHaveLength(1);
    expect(sound.speech[0]?.startMs).toBeGreaterThan(13_900);
    expect(transcript.words[0]?.startMs).toBeGreaterThan(13_900);
    expect(transcript.words.at(-1)?.endMs).toBeLessThan(24_000);
    expect(sound.envelopeDbfs).toHaveLength(24_000 / 50);
    expect(sound.envelopeDbfs.slice(0, 260).every((level) => level === -100)).toBe(true);
  });

  it('recognises nothing when a transcript is given, but measures the sound', async () => {
    const source = await makeSource('given.wav', makeSound(4, 2, 4, 1), { language: 'deu' });
    const words: Word[] = [{ text: 'Hallo.', startMs: 500, endMs: 3500, confidence: 1 }];
    const given: Transcript = {
      version: 1,
      language: 'de',
      source: 'captions:talk.srt',
      durationMs: 11_000,
      words,
      sentences: [],
      speech: [],
      fillers: [],
    };
    const { transcriber, pieces } = scriptTranscriber();
    const { transcript, sound } = await hearIt(source, { transcript: given }, { transcriber });
    expect(pieces).toHaveLength(0);
    expect(transcript).toMatchObject({ language: 'de', source: 'captions:talk.srt', words });
    expect(transcript.sentences.map((sentence) => sentence.text)).toEqual(['Hallo.']);
    expect(transcript.speech).toHaveLength(2);
    expect(transcript.fillers.at(-1)?.startMs).toBeGreaterThan(5900);
    expect(sound.loudness.integratedLufs).toBeGreaterThan(-30);
  });

  it.each([
    ['without an audio track', makeSound(5), { audio: [] }, 'It has no audio track.'],
    ['of 2 seconds', makeSound(2), {}, 'It is only 2 seconds long; at least 3 are needed.'],
    ['that is silent', makeSound(0, 5), {}, 'Its audio track is silent.'],
    ['in which nobody speaks', makeSound(5).map((sample) => sample / 10), {}, 'Nobody speaks in it'],
  ])('skips a source %s, with the reason', async (name, samples, info, reason) => {
    const source = await makeSource(`${name}.wav`, samples);
    const outcome = await hear(
      { ...source, info: { ...source.info, ...info } },
      { glossary: [] },
      { ...scriptTranscriber(), openSpeechDetector: openLoudnessDetector, cache: createMemoryCache() },
      { signal: new AbortController().signal, report: () => {} },
    );
    expect(outcome).toEqual({ status: 'skipped', reason: expect.stringContaining(reason) });
  });

  it('refuses a language that the transcriber does not understand, unless the user knows better', async () => {
    const source = await makeSource('foreign.wav', makeSound(5), { language: 'spa' });
    await expect(hearIt(source)).rejects.toMatchObject({
      code: 'input.language_unsupported',
      message: 'The file says that its sound is Spanish, and scripted understands only English.',
    });
    expect((await hearIt(source, { language: 'en' })).transcript.language).toBe('en');
  });

  it('stops when told to', async () => {
    const source = await makeSource('stop.wav', makeSound(60));
    await expect(hearIt(source, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const stopping = hearIt(source, {}, { signal: controller.signal, report: () => controller.abort() });
    await expect(stopping).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('listen', () => {
  it('waits with reading while six minutes of sound wait for recognition', async () => {
    let readSeconds = 0;
    const block = makeSound(9.5, 0.5);
    const blocks = async function* () {
      for (let second = 0; second < 1800; second += 10) {
        readSeconds += 10;
        yield block;
      }
    };
    let recognisedSeconds = 0;
    let mostAhead = 0;
    const detector = {
      ...(await openLoudnessDetector()),
      push: (samples: Float32Array) =>
        Promise.resolve(
          Float32Array.from({ length: samples.length / windowSamples }, (_, window) =>
            samples[window * windowSamples + 7] === 0 ? 0 : 0.9,
          ),
        ),
    };
    await listen({
      blocks: blocks(),
      range: { startMs: 0, endMs: 1_800_000 },
      detector,
      recognise: async (piece) => {
        mostAhead = Math.max(mostAhead, readSeconds - recognisedSeconds);
        await new Promise((resolve) => setTimeout(resolve, 1));
        recognisedSeconds += piece.samples.length / sampleRateHz;
        return [];
      },
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(recognisedSeconds).toBeGreaterThan(1600);
    expect(mostAhead).toBeLessThan(450);
  });
});
