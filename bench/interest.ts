import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createCarriedEncoder } from '../src/adapters/embedder/carried.ts';
import type { InterestPoint, Moment } from '../src/domain/moment.ts';
import { groupSentences, type Transcript, type Word } from '../src/domain/transcript.ts';
import { pickVaried } from '../src/stages/choose/variety.ts';
import { shortlistUnits } from '../src/stages/shortlist/shortlist.ts';
import { measureSemantics } from '../src/stages/shortlist/semantics.ts';
import { measureSignals, signalNames } from '../src/stages/shortlist/signals.ts';
import { divideIntoUnits, type Unit } from '../src/stages/shortlist/units.ts';
import { recordingPath } from '../test/recordings.ts';

/**
 * Lays the interest curve and the best moments beside what audiences replayed most (nothing is fitted):
 * `npm run bench -- interest [--signals]`. Audiences: `audience/most-replayed` of the recordings, or the folder that is given.
 *
 * - "rank correlation": Spearman's, of interest and heatmap over bins 5 to 94 of 100, a video a value.
 * - "position alone": the mean heatmap of the other videos, as a curve for this one.
 * - "beyond position": Spearman's correlation of interest and what remains of the heatmap when the mean heatmap of the other
 *   videos is taken from it.
 * - "partial": Spearman's partial correlation of interest and heatmap, the mean heatmap of the others held constant.
 * - "best moments": the share of the chosen stretches of 40 to 50 s that touch one of the 9 hottest of those bins, and the
 *   same for stretches of the same lengths laid everywhere between bin 5 and bin 95.
 *
 * Values are means over videos ± their standard error.
 */
export async function run(args: string[]): Promise<void> {
  const folder = args.find((arg) => !arg.startsWith('--')) ?? recordingPath('audience/most-replayed');
  if (folder === undefined) {
    console.log('Skipped: the recordings have no audience/most-replayed (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const encoder = createCarriedEncoder();
  const videos: Video[] = [];
  try {
    for (const name of names) {
      const video = audienceSchema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      if (!video.success || video.data.heatmap.length !== bins) {
        console.log(`Left out: ${name} has no heatmap of ${bins} bins beside a transcript.`);
        continue;
      }
      const transcript = toTranscript(video.data);
      const units = divideIntoUnits(transcript, 30_000);
      const vectors = await encoder.embed(
        units.map((unit) => unit.text),
        {},
      );
      const heat = video.data.heatmap.map(({ value }) => value);
      videos.push({ name, durationMs: transcript.durationMs, heat, transcript, units, vectors });
    }
  } finally {
    await encoder.close();
  }
  if (videos.length < 2) {
    console.log('Skipped: position is told by the other videos, so at least two are needed.');
    return;
  }
  report(videos, args.includes('--signals'));
}

const bins = 100;
const firstBin = 5;
const endBin = 95;
const hottestCount = 9;
const momentsAVideo = 5;

/** What is read of a video that an audience watched. */
export const audienceSchema = z.object({
  duration: z.number().positive(),
  heatmap: z.array(z.object({ value: z.number() })),
  transcript: z.array(z.object({ start: z.number(), text: z.string() })).min(1),
});

type Video = {
  name: string;
  durationMs: number;
  heat: number[];
  transcript: Transcript;
  units: Unit[];
  vectors: readonly Float32Array[];
};

function report(videos: readonly Video[], withSignals: boolean): void {
  const positions = videos.map((video) => meanCurve(videos.filter((other) => other !== video)));
  const found = videos.map((video) => {
    const lengths = { minMs: 40_000, maxMs: 50_000, targetMs: 45_000 };
    return shortlistUnits({ transcript: video.transcript }, video.units, video.vectors, lengths);
  });
  const curves = found.map(({ interest }, index) => toBins(interest, videos[index]!.durationMs));
  const inner = (curve: readonly number[]) => curve.slice(firstBin, endBin);
  const each = (measure: (video: Video, index: number) => number) => meanAndError(videos.map(measure));
  const beyond = (curve: readonly number[], video: Video, index: number) =>
    rankCorrelation(inner(curve), inner(video.heat.map((value, bin) => value - positions[index]![bin]!)));

  console.log(
    `${videos.length} videos, bins ${firstBin} to ${endBin - 1} of ${bins}; mean ± standard error over videos`,
  );
  const lines: [string, string][] = [
    [
      'position alone, rank correlation',
      each((video, i) => rankCorrelation(inner(positions[i]!), inner(video.heat))),
    ],
    ['interest, rank correlation', each((video, i) => rankCorrelation(inner(curves[i]!), inner(video.heat)))],
    ['interest, beyond position', each((video, i) => beyond(curves[i]!, video, i))],
    [
      'interest, partial',
      each((video, i) => partialCorrelation(inner(curves[i]!), inner(video.heat), inner(positions[i]!))),
    ],
  ];
  const best = found.map(({ candidates }) => pickVaried(candidates, momentsAVideo));
  const hits = best.map((moments, index) => shareTouching(moments, videos[index]!));
  lines.push(
    [`best ${momentsAVideo} moments of 45 s that touch a hot bin`, meanAndError(hits)],
    ['the best one', each((video, i) => shareTouching(best[i]!.slice(0, 1), video))],
    ['stretches of 45 s anywhere', each((video) => shareTouching(everyStretch(video), video))],
  );
  for (const [what, value] of lines) console.log(`${what.padEnd(48)} ${value}`);
  if (!withSignals) return;
  console.log('\nsingle signals, smoothed over 2 bins, beyond position');
  for (const name of signalNames) {
    const value = each((video, index) => {
      const values = measureSignals(video.units, measureSemantics(video.vectors), true)[name];
      const points = video.units.map((unit, at) => ({
        startMs: at === 0 ? 0 : unit.startMs,
        endMs: video.units[at + 1]?.startMs ?? video.durationMs,
        score: values?.[at] ?? 0,
      }));
      return beyond(smooth(toBins(points, video.durationMs)), video, index);
    });
    console.log(`${name.padEnd(48)} ${value}`);
  }
}

/** Caption lines with whole-second starts as words: a line's time is shared out by the length of its words. */
export function toTranscript(data: z.infer<typeof audienceSchema>): Transcript {
  const durationMs = Math.round(data.duration * 1000);
  const words: Word[] = [];
  for (const [index, line] of data.transcript.entries()) {
    const texts = line.text.split(/\s+/u).filter((text) => text !== '');
    const startMs = line.start * 1000;
    const nextMs =
      data.transcript[index + 1] === undefined ? durationMs : data.transcript[index + 1]!.start * 1000;
    const spanMs = Math.max(200, Math.min(nextMs - startMs, Math.max(1000, texts.length * 450)));
    const total = texts.reduce((sum, text) => sum + text.length + 1, 0);
    let done = 0;
    for (const text of texts) {
      const wordStartMs = Math.round(startMs + (spanMs * done) / total);
      done += text.length + 1;
      const wordEndMs = Math.round(startMs + (spanMs * done) / total);
      words.push({ text, startMs: wordStartMs, endMs: wordEndMs, confidence: 1 });
    }
  }
  words.sort((a, b) => a.startMs - b.startMs);
  return {
    version: 1,
    language: 'en',
    source: 'captions',
    durationMs,
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };
}

/** The mean of a curve of points in each of the bins, by time. */
function toBins(points: readonly InterestPoint[], durationMs: number): number[] {
  const sums = Array.from({ length: bins }, () => 0);
  const weights = Array.from({ length: bins }, () => 0);
  const binMs = durationMs / bins;
  for (const { startMs, endMs, score } of points) {
    for (let bin = Math.floor(startMs / binMs); bin < bins && bin * binMs < endMs; bin++) {
      const sharedMs = Math.min(endMs, (bin + 1) * binMs) - Math.max(startMs, bin * binMs);
      if (sharedMs <= 0) continue;
      sums[bin]! += score * sharedMs;
      weights[bin]! += sharedMs;
    }
  }
  return sums.map((sum, bin) => (weights[bin] === 0 ? 0 : sum / weights[bin]!));
}

function smooth(curve: readonly number[]): number[] {
  return curve.map((_, bin) => {
    const weights = curve.map((_unused, other) => Math.exp(-((bin - other) ** 2) / 8));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return curve.reduce((sum, value, other) => sum + value * weights[other]!, 0) / total;
  });
}

function meanCurve(videos: readonly Video[]): number[] {
  return Array.from(
    { length: bins },
    (_, bin) => videos.reduce((sum, { heat }) => sum + heat[bin]!, 0) / videos.length,
  );
}

function shareTouching(
  moments: readonly Pick<Moment, 'startMs' | 'endMs'>[],
  { heat, durationMs }: Video,
): number {
  const hottest = heat
    .map((value, bin) => ({ value, bin }))
    .slice(firstBin, endBin)
    .sort((a, b) => b.value - a.value)
    .slice(0, hottestCount);
  const binMs = durationMs / bins;
  const touching = moments.filter(({ startMs, endMs }) =>
    hottest.some(({ bin }) => startMs < (bin + 1) * binMs && endMs > bin * binMs),
  );
  return touching.length / Math.max(1, moments.length);
}

function everyStretch({ durationMs }: Video): { startMs: number; endMs: number }[] {
  const stretches = [];
  const lastMs = (durationMs * endBin) / bins - 45_000;
  for (let startMs = (durationMs * firstBin) / bins; startMs <= lastMs; startMs += 1000)
    stretches.push({ startMs, endMs: startMs + 45_000 });
  return stretches;
}

/** Ranks from 0; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++;
    for (let index = start; index <= end; index++) ranks[order[index]!] = (start + end) / 2;
    start = end + 1;
  }
  return ranks;
}

function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const mean = (x.length - 1) / 2;
  let products = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (const [index, value] of x.entries()) {
    products += (value - mean) * (y[index]! - mean);
    squaresX += (value - mean) ** 2;
    squaresY += (y[index]! - mean) ** 2;
  }
  return squaresX === 0 || squaresY === 0 ? 0 : products / Math.sqrt(squaresX * squaresY);
}

function partialCorrelation(a: readonly number[], b: readonly number[], given: readonly number[]): number {
  const [ab, ac, bc] = [rankCorrelation(a, b), rankCorrelation(a, given), rankCorrelation(b, given)];
  return (ab - ac * bc) / Math.sqrt(Math.max(1e-9, (1 - ac ** 2) * (1 - bc ** 2)));
}

function meanAndError(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance / values.length).toFixed(3)}`;
}
