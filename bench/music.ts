import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createComposer } from '../src/adapters/music/composer.ts';
import { musicMoods, pitchClasses, type MusicBrief, type MusicMeasures } from '../src/domain/music.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { suggestBrief } from '../src/stages/compose/suggest-brief.ts';
import { writeScore } from '../src/stages/compose/write-score.ts';
import { listen } from '../src/stages/listen/listen.ts';

/** Tracks of many seeds: whether each is another, in the key and tempo that was asked, as an analysis that knows nothing of them hears it. */

/** What was heard of a track. */
export type HeardTrack = {
  readonly brief: MusicBrief;
  readonly hash: string;
  readonly measures: MusicMeasures;
  readonly integratedLufs: number;
  readonly truePeakDbtp: number;
  /** Of 32,767. */
  readonly highestSample: number;
  readonly makeMs: number;
};

/** Briefs that go through all moods, keys and a wide range of tempi. */
export function planTracks(count: number, durationMs: number): MusicBrief[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = index + 1;
    const mood = musicMoods[index % musicMoods.length]!;
    const own = suggestBrief({ durationMs, seed, mood });
    // 7 and 12 have nothing in common: all keys come before one comes again.
    const key = { tonic: pitchClasses[(index * 7) % 12]!, mode: own.key.mode };
    return { ...own, key };
  });
}

/** Makes tracks, and hears each. */
export async function* makeAndHear(briefs: readonly MusicBrief[]): AsyncGenerator<HeardTrack> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-music-'));
  const composer = createComposer({ write: writeScore });
  const signal = new AbortController().signal;
  try {
    for (const [index, brief] of briefs.entries()) {
      const path = join(folder, `${index}.wav`);
      const startedAt = performance.now();
      await composer.make(brief, path, { signal, report() {} });
      const makeMs = performance.now() - startedAt;
      const bytes = await readFile(path);
      const sound = openAudio(path, { sampleRateHz: 48_000 });
      for await (const block of sound) if (block.length === 0) break;
      const { integratedLufs, truePeakDbtp } = sound.loudness();
      const samples = new Int16Array(
        bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length),
      );
      yield {
        brief,
        hash: createHash('sha256').update(bytes).digest('hex'),
        measures: await listen(path, { signal }),
        integratedLufs,
        truePeakDbtp,
        highestSample: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
        makeMs,
      };
      await rm(path);
    }
  } finally {
    await composer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** By how much a tempo is off, of what was asked: 0.01 is a hundredth. */
export function tempoError({ brief, measures }: HeardTrack): number {
  return Math.abs(measures.tempoBpm / brief.tempoBpm - 1);
}

/** Whether the key is the one that was asked. */
export function isKeyRight({ brief, measures }: HeardTrack): boolean {
  return measures.key.tonic === brief.key.tonic && measures.key.mode === brief.key.mode;
}

/** How far the beats that were heard are from those that were written, in ms: the middle one. */
function beatError({ brief, measures }: HeardTrack): number {
  const { firstBeatMs } = writeScore(brief);
  const beatMs = 60_000 / brief.tempoBpm;
  const off = measures.beatsMs.map((ms) => {
    const inBeat = ((ms - firstBeatMs) % beatMs) / beatMs;
    return Math.abs(inBeat - Math.round(inBeat)) * beatMs;
  });
  return off.toSorted((a, b) => a - b)[Math.floor(off.length / 2)] ?? Number.NaN;
}

/** How well the loudness follows what was asked: their correlation. */
function energyFit({ brief, measures }: HeardTrack): number {
  const wanted = measures.energy.map((_, second) => {
    const place = Math.min(1, ((second + 0.5) * 1000) / brief.durationMs) * (brief.energy.length - 1);
    const [from, to] = [brief.energy[Math.floor(place)]!, brief.energy[Math.ceil(place)]!];
    return from + (to - from) * (place % 1);
  });
  // The end dies away whatever was asked.
  const count = measures.energy.length - 3;
  const [a, b] = [wanted.slice(0, count), measures.energy.slice(0, count)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cross = a.reduce((sum, value, index) => sum + (value - ma) * (b[index]! - mb), 0);
  const lengths = Math.hypot(...a.map((v) => v - ma)) * Math.hypot(...b.map((v) => v - mb));
  return cross / lengths;
}

/** Arguments: how many seeds (20), seconds each (30), `--tempi` (from 60 to 170 in place of what moods have). */
export async function run(args: string[]): Promise<void> {
  const [count = 20, seconds = 30] = args.filter((arg) => !arg.startsWith('--')).map(Number);
  const spread = (index: number) => Math.round(60 + (110 * index) / Math.max(1, count - 1));
  const briefs = planTracks(count, seconds * 1000).map((brief, index) =>
    args.includes('--tempi') ? Object.assign({}, brief, { tempoBpm: spread(index) }) : brief,
  );
  console.log('seed mood     asked          heard          off   sure  beats  energy   LUFS   dBTP  ms');
  const heard: HeardTrack[] = [];
  for await (const track of makeAndHear(briefs)) {
    heard.push(track);
    const { brief, measures } = track;
    const name = ({ tonic, mode }: MusicBrief['key']) => `${tonic} ${mode}`.padEnd(9);
    console.log(
      [
        String(brief.seed).padStart(4),
        brief.mood.padEnd(8),
        `${brief.tempoBpm.toFixed(0).padStart(3)} ${name(brief.key)}`,
        `${measures.tempoBpm.toFixed(1).padStart(5)} ${name(measures.key)}${isKeyRight(track) ? ' ' : '✗'}`,
        `${(tempoError(track) * 100).toFixed(2).padStart(5)} %`,
        `${measures.tempoConfidence.toFixed(2)} ${measures.keyConfidence.toFixed(2)}`,
        `${beatError(track).toFixed(0).padStart(3)} ms`,
        energyFit(track).toFixed(2),
        track.integratedLufs.toFixed(1),
        track.truePeakDbtp.toFixed(2),
        track.makeMs.toFixed(0),
      ].join(' '),
    );
  }
  const share = (is: (track: HeardTrack) => boolean) => `${heard.filter(is).length} of ${heard.length}`;
  console.log(`
different  ${new Set(heard.map(({ hash }) => hash)).size} of ${heard.length}
tempo      ${share((track) => tempoError(track) < 0.01)} within 1 %
key        ${share(isKeyRight)}
clipping   ${share(({ highestSample, truePeakDbtp }) => highestSample >= 32_767 || truePeakDbtp > -1)}`);
}
