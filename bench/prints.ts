/** How well recordings are known again by their sound: the same ones encoded otherwise, and others of the same voices. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeMedia } from '../src/media/probe.ts';
import { comparePrints, indexPrint, type IndexedPrint } from '../src/stages/match/compare-prints.ts';
import { printSound } from '../src/stages/match/print-sound.ts';
import { encodeSound } from '../test/fixtures/encode-sound.ts';
import { makeSpokenWav } from '../test/fixtures/spoken-wav.ts';
import { recordingPath } from '../test/recordings.ts';

const variants = {
  'MP3 64 kb/s': ['mp3', { encoder: 'libmp3lame', format: 'mp3', bitRate: '64k' }],
  'AAC 96 kb/s': ['m4a', {}],
  '0.5 s later': ['m4a', { filters: 'adelay=500:all=1' }],
  '62 ms later, 64 kb/s': ['m4a', { filters: 'adelay=62:all=1', bitRate: '64k' }],
  '6 dB softer': ['wav', { filters: 'volume=-6dB', encoder: 'pcm_s16le', format: 'wav' }],
  '22 kHz, mono': ['wav', { filters: 'aresample=22050,pan=mono|c0=c0', encoder: 'pcm_s16le', format: 'wav' }],
  'levelled to −14 LUFS': ['m4a', { filters: 'loudnorm=I=-14,acompressor=ratio=4,aresample=44100' }],
  '4.3 s trimmed': ['m4a', { filters: 'atrim=start=4.3,asetpts=PTS-STARTPTS' }],
} as const;

/** Two recordings of some length of each reader of LibriSpeech would be better; there are single sentences of 8 to 35 s. */
const sources = [
  'speech/interview-3-speakers/X2zqiX6yL3I.mp3',
  'video/still-image-audiobook/manifesto.mp4',
  'video/animated-film/film-part-1.mp4',
];

/** Prints how much of each variant is heard again, and whether anything else is taken for the same. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot prints '));
  try {
    const originals = new Map<string, IndexedPrint>();
    let [seconds, took] = [0, 0];
    const add = async (path: string, prints: Map<string, IndexedPrint>) => {
      const info = await probeMedia(path);
      const startedAt = performance.now();
      const context = { signal: new AbortController().signal, report: () => {} };
      const print = await printSound({ path, contentHash: path, info }, { cache }, context);
      took += (performance.now() - startedAt) / 1000;
      seconds += info.durationMs / 1000;
      prints.set(path, indexPrint(print ?? new Uint32Array(0)));
    };
    for (const path of await listSources(folder)) await add(path, originals);
    const others = new Map<string, IndexedPrint>();
    for (const [title, [ending, how]] of Object.entries(variants)) {
      const shares: number[] = [];
      let worst = 0;
      for (const path of originals.keys()) {
        const name = join(folder, `${shares.length} ${title.replaceAll('/', ' ')}.${ending}`);
        await encodeSound(path, name, how);
        const made = new Map<string, IndexedPrint>();
        await add(name, made);
        const print = made.get(name)!;
        for (const [other, ofOther] of originals)
          if (other !== path && comparePrints(print, ofOther)) worst += 1;
        others.set(name, print);
        const shared = comparePrints(print, originals.get(path)!);
        shares.push(Math.min(shared?.firstShare ?? 0, shared?.secondShare ?? 0));
      }
      const known = shares.filter((share) => share >= 0.8).length;
      const least = Math.round(100 * Math.min(...shares));
      console.log(
        `${title.padEnd(22)} ${known} of ${shares.length} known, least share ${least} %; taken for another: ${worst}`,
      );
    }
    let [pairs, alike] = [0, 0];
    for (const [path, one] of originals) {
      for (const [other, two] of originals) {
        if (path === other) continue;
        pairs += 1;
        if (comparePrints(one, two) !== undefined) alike += 1;
      }
    }
    console.log(`other recordings       ${alike} of ${pairs} pairs alike`);
    console.log(
      `prints                 ${Math.round(seconds / took)} × real time, each a process of its own`,
    );
    const rss = Math.round(process.memoryUsage().rss / 1e6);
    console.log(
      `memory                 ${rss} MB with ${originals.size + others.size} prints of ${Math.round(seconds / 60)} min`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const cache = {
  remember: <T>(work: { run(): Promise<T> }) => work.run(),
  rememberFile: () => Promise.reject(new Error('no file is made')),
};

async function listSources(folder: string): Promise<string[]> {
  const paths = sources.flatMap((name) => recordingPath(name) ?? []);
  const readers = recordingPath('speech/librispeech-test-other');
  if (readers !== undefined) {
    for (const entry of await readdir(readers, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      for (const name of await readdir(join(readers, entry.name))) {
        const path = join(readers, entry.name, name);
        // Shorter ones are not compared.
        if (name.endsWith('.flac') && (await probeMedia(path)).durationMs > 20_000) paths.push(path);
      }
    }
  }
  for (const voice of ['slt', 'rms'] as const) {
    for (const [index, sentences] of spoken.entries()) {
      const path = join(folder, `${voice} ${index}.wav`);
      await makeSpokenWav(path, sentences, { voice });
      paths.push(path);
    }
  }
  return paths;
}

/** Said by synthetic voices, which say everything in one tune. */
const spoken = [
  'Nobody believed that it could work and they told me so again.|Computers could only do arithmetic and could not write programs.|So I went home and wrote one that did in half a year.|After that everybody wanted to know when they could have it.',
  'An audience leaves when the story stops moving for them.|Nine out of ten viewers were gone after the first minute.|Begin with what is at stake and tell what they wait for.|The rest is patience and throwing away what took you longest.',
].map((text) =>
  text.split('|').map((sentence) => `${sentence} ${sentence.split(' ').toReversed().join(' ')}`),
);
