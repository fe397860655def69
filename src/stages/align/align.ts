import { basename, join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { mainAudio, type MediaInfo } from '../../domain/media.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { findPlaces } from './find-place.ts';
import { gatherSound } from './gather-sound.ts';
import { measurePlace, type Fit, type Listenable } from './measure-place.ts';

/** One file of a recording, before it is known where it lies. */
export type Unaligned = {
  readonly path: string;
  readonly contentHash: string;
  readonly info: MediaInfo;
};

const alignmentSchema = z.strictObject({
  offsetMs: z.number().nonnegative(),
  driftPpm: z.number(),
});

/** Where a file lies in the recording's time: its time t is `offsetMs + t × (1 − driftPpm / 10⁶)`. */
export type Alignment = Readonly<z.infer<typeof alignmentSchema>>;

/** Counted up when the same files would be laid otherwise. */
const alignVersion = 1;

/**
 * Lines the files of one recording up by what they hear in common, the earliest at 0, to a few ms; the clock of the first
 * counts. A file need not hear every other: it is enough that each hears one that was placed. Tracks that one program wrote
 * at once (same format, same length) begin together even where they share no sound.
 * @throws input.no_audio, input.not_aligned naming the files that do not belong, and what reading throws
 */
export async function align(
  files: readonly Unaligned[],
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<readonly Alignment[]> {
  const streams = files.map((file) => mainAudio(file.info) ?? refuseSilent(file));
  return ports.cache.remember({
    name: 'align',
    version: alignVersion,
    inputs: files.map((file, index) => [file.contentHash, streams[index]?.index]),
    schema: z.array(alignmentSchema),
    run: () => withTemporaryFolder('align', (folder) => alignIn(folder, files, context)),
  });
}

function refuseSilent(file: Unaligned): never {
  throw new PatternPivotError(
    'input.no_audio',
    `${file.path} has no sound, so it cannot be lined up with the others.`,
    {
      hint: 'Leave it out, or give the file of that camera that has its sound.',
      context: { path: file.path },
    },
  );
}

async function alignIn(
  folder: string,
  files: readonly Unaligned[],
  { signal, report }: StageContext,
): Promise<Alignment[]> {
  const totalSeconds = files.reduce((sum, { info }) => sum + info.durationMs / 1000, 0);
  const sounds: (Listenable & { close(): Promise<void> })[] = [];
  let beforeSeconds = 0;
  try {
    for (const [index, file] of files.entries()) {
      const streamIndex = mainAudio(file.info)?.index ?? 0;
      const sound = await gatherSound({ path: file.path, streamIndex }, join(folder, `${index}.pcm`), {
        signal,
        onProgress: (doneMs) =>
          report({
            done: Math.min(totalSeconds, beforeSeconds + doneMs / 1000),
            total: totalSeconds,
            unit: 's',
          }),
      });
      sounds.push(sound);
      beforeSeconds += file.info.durationMs / 1000;
    }
    return await placeAll(files, sounds, signal);
  } finally {
    for (const sound of sounds) await sound.close();
  }
}

async function placeAll(
  files: readonly Unaligned[],
  sounds: readonly Listenable[],
  signal: AbortSignal,
): Promise<Alignment[]> {
  const placed = new Map<number, { offsetMs: number; driftPpm: number }>([[0, { offsetMs: 0, driftPpm: 0 }]]);
  const tried = new Map<string, Fit | undefined>();
  const fitOf = async (a: number, b: number): Promise<Fit | undefined> => {
    const key = `${a} ${b}`;
    if (!tried.has(key)) tried.set(key, await fitPair(sounds[a]!, sounds[b]!, signal));
    return tried.get(key);
  };
  while (placed.size < files.length) {
    let best: { a: number; b: number; fit: Fit } | undefined;
    const rest = [...files.keys()].filter((index) => !placed.has(index));
    search: for (const b of rest) {
      for (const a of placed.keys()) {
        const fit = await fitOf(a, b);
        if (fit === undefined) continue;
        if (best === undefined || strength(fit) > strength(best.fit)) best = { a, b, fit };
        if (isPlain(fit)) break search;
      }
    }
    best ??= findTwin(files, placed, rest);
    if (best === undefined)
      throw notAligned(
        rest.map((index) => files[index]?.path ?? ''),
        files,
      );
    const { offsetMs, driftPpm } = placed.get(best.a) ?? { offsetMs: 0, driftPpm: 0 };
    const rate = 1 - driftPpm / 1e6;
    placed.set(best.b, {
      offsetMs: offsetMs + best.fit.offsetMs * rate,
      driftPpm: (1 - (1 - best.fit.driftPpm / 1e6) * rate) * 1e6,
    });
  }
  const earliestMs = Math.min(...[...placed.values()].map(({ offsetMs }) => offsetMs));
  return files.map((_file, index) => {
    const { offsetMs, driftPpm } = placed.get(index) ?? { offsetMs: 0, driftPpm: 0 };
    return {
      offsetMs: Math.round((offsetMs - earliestMs) * 10) / 10,
      driftPpm: Math.round(driftPpm * 10) / 10,
    };
  });
}

/** How two files lie to each other, where enough of what was listened to is the same; undefined where it is not. */
async function fitPair(a: Listenable, b: Listenable, signal: AbortSignal): Promise<Fit | undefined> {
  let best: Fit | undefined;
  for (const place of findPlaces(a.rhythm, b.rhythm)) {
    signal.throwIfAborted();
    const fit = await measurePlace(a, b, place.lagMs);
    if (fit === undefined || !isConvincing(fit)) continue;
    if (best === undefined || strength(fit) > strength(best)) best = fit;
    if (isPlain(best)) break;
  }
  return best;
}

/** By judgement on made and real recordings: unrelated ones reach one stretch of two dozen, at a sharpness of 6. */
function isConvincing({ heard, agreeing, sharpness }: Fit): boolean {
  if (heard < 8) return agreeing >= Math.max(1, heard * 0.4) && sharpness >= 7;
  return agreeing >= 3 && agreeing >= heard * 0.15;
}

/** So plain that no other place need be looked at. */
function isPlain({ heard, agreeing, sharpness }: Fit): boolean {
  return agreeing >= 3 && agreeing >= heard * 0.5 && sharpness >= 8;
}

function strength({ agreeing, sharpness }: Fit): number {
  return agreeing * sharpness;
}

/** Tracks of one program and one session end within a packet of each other, in ms. */
const twinMs = 30;

/** Lengths are alike by chance where recordings are short, in ms. */
const minTwinMs = 10_000;

/** A file of the same format and length as one that was placed: both were written at once. */
function findTwin(
  files: readonly Unaligned[],
  placed: ReadonlyMap<number, unknown>,
  rest: readonly number[],
): { a: number; b: number; fit: Fit } | undefined {
  for (const b of rest) {
    for (const a of placed.keys()) {
      const [one, other] = [files[a]?.info, files[b]?.info];
      if (one === undefined || other === undefined) continue;
      const isTwin =
        one.container === other.container &&
        one.durationMs >= minTwinMs &&
        Math.abs(one.durationMs - other.durationMs) <= twinMs &&
        mainAudio(one)?.sampleRateHz === mainAudio(other)?.sampleRateHz;
      if (isTwin) return { a, b, fit: { offsetMs: 0, driftPpm: 0, heard: 0, agreeing: 0, sharpness: 0 } };
    }
  }
  return undefined;
}

function notAligned(paths: readonly string[], files: readonly Unaligned[]): PatternPivotError {
  const names = paths.map((path) => basename(path)).join(', ');
  const first = basename(files[0]?.path ?? '');
  const isOneOfTwo = files.length === 2;
  return new PatternPivotError(
    'input.not_aligned',
    isOneOfTwo
      ? `${first} and ${names} have no sound in common, so they cannot be lined up.`
      : `${names} ${paths.length === 1 ? 'has' : 'have'} no sound in common with the others, so ${paths.length === 1 ? 'it' : 'they'} cannot be lined up.`,
    {
      hint: 'Leave out what is of another recording. Where no microphone hears another speaker, add a file that hears everybody: a camera, or the mix of the call.',
      context: { paths },
    },
  );
}
