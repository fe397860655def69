import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSound } from '../../../test/fixtures/encode-sound.ts';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { makeSpokenWav } from '../../../test/fixtures/spoken-wav.ts';
import { needRecording } from '../../../test/recordings.ts';
import { probeMedia } from '../../media/probe.ts';
import { comparePrints, indexPrint, type IndexedPrint } from './compare-prints.ts';
import { printSound } from './print-sound.ts';

let folder: string;
let talk: string;
let other: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot prints '));
  talk = join(folder, 'talk.wav');
  other = join(folder, 'other.wav');
  // The same voice, with other words.
  await makeSpokenWav(talk, [
    'Nobody believed that a compiler could work, and they told me so, again and again.',
    'Computers could only do arithmetic, they said, and they could not write programs.',
    'So I went home, and I wrote one that did, and it took me half a year to be believed.',
    'After that, everybody wanted to know how it had been done, and when they could have it.',
  ]);
  await makeSpokenWav(other, [
    'An audience leaves when the story stops moving, however beautiful the pictures may be.',
    'Nine out of ten viewers were gone after a minute, since nothing had happened until then.',
    'Begin with what is at stake, then, and tell the others what they are waiting for.',
    'The rest is patience, and the courage to throw away what took you the longest to make.',
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cache = {
  remember: <T>(work: { run(): Promise<T> }) => work.run(),
  rememberFile: () => Promise.reject(new Error('no file is made')),
};

async function printOf(path: string): Promise<IndexedPrint> {
  const info = await probeMedia(path);
  const context = { signal: new AbortController().signal, report: () => {} };
  const print = await printSound({ path, contentHash: path, info }, { cache }, context);
  return indexPrint(print ?? new Uint32Array(0));
}

describe('the same recording', () => {
  it.each([
    ['MP3 of 64 kb/s', 'a.mp3', { encoder: 'libmp3lame', format: 'mp3', bitRate: '64k' }, 0],
    ['AAC, half a second later', 'b.m4a', { filters: 'adelay=500:all=1' }, 500],
    [
      '6 dB softer, at 22 kHz',
      'c.wav',
      { filters: 'volume=-6dB,aresample=22050', encoder: 'pcm_s16le', format: 'wav' },
      0,
    ],
    ['levelled', 'd.m4a', { filters: 'acompressor=ratio=4,volume=4dB' }, 0],
    ['without its first 4.3 s', 'e.m4a', { filters: 'atrim=start=4.3,asetpts=PTS-STARTPTS' }, -4300],
  ] as const)('is known as %s', async (_, name, how, laterMs) => {
    const encoded = await encodeSound(talk, join(folder, name), how);
    const shared = comparePrints(await printOf(encoded), await printOf(talk));
    expect(shared?.firstShare).toBeGreaterThan(0.9);
    expect(shared?.secondShare).toBeGreaterThan(laterMs < 0 ? 0.7 : 0.9);
    expect(Math.abs((shared?.shiftMs ?? 0) + laterMs)).toBeLessThan(150);
    expect(shared?.errorPercent).toBeLessThan(20);
  });

  it('is found in a longer one, before and after something else', async () => {
    const [one, two] = await Promise.all([printOf(talk), printOf(other)]);
    const long = indexPrint(Uint32Array.from([...two.print, ...one.print, ...two.print]));
    const shared = comparePrints(one, long);
    expect(shared?.firstShare).toBeGreaterThan(0.95);
    expect(shared?.secondShare).toBeLessThan(0.5);
    expect(comparePrints(long, one)?.secondShare).toBeGreaterThan(0.95);
  });
});

describe('another recording', () => {
  it('of the same voice has nothing in common', async () => {
    expect(comparePrints(await printOf(other), await printOf(talk))).toBeUndefined();
  });

  it('of the same readers has nothing in common, and a film is known by its sound as MP3', async (context) => {
    const readings = needRecording(context, 'speech/librispeech-test-other');
    for (const reader of ['1688', '2609']) {
      const [one, two] = ['142285-0000', '142285-0001'].map((name) =>
        join(
          readings,
          reader,
          `${reader}-${reader === '1688' ? name : name.replace('142285', '156975').replace('0000', '0004').replace('0001', '0007')}.flac`,
        ),
      );
      expect(comparePrints(await printOf(one!), await printOf(two!))).toBeUndefined();
    }
    const film = needRecording(context, 'video/still-image-audiobook/manifesto.mp4');
    const mp3 = needRecording(context, 'video/still-image-audiobook/manifesto_audio.mp3');
    const shared = comparePrints(await printOf(mp3), await printOf(film));
    expect(shared?.firstShare).toBeGreaterThan(0.98);
    expect(shared?.errorPercent).toBeLessThan(3);
  });

  it('that is silent, a tone or too short is like nothing', async () => {
    const silence = await printOf(
      await makeMedia({ path: join(folder, 's.wav'), pattern: 'none', tone: '0', durationMs: 30_000 }),
    );
    const tone = await printOf(
      await makeMedia({ path: join(folder, 't.wav'), pattern: 'none', durationMs: 30_000 }),
    );
    const short = await printOf(
      await makeMedia({ path: join(folder, 'k.wav'), pattern: 'none', durationMs: 400 }),
    );
    for (const one of [silence, tone, short]) {
      expect(one.livelyMs).toBeLessThan(1000);
      for (const two of [silence, tone, short]) expect(comparePrints(one, two)).toBeUndefined();
    }
  });
});
