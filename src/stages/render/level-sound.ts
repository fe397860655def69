import { join } from 'node:path';
import { z } from 'zod';
import type { Timeline } from '../../domain/timeline.ts';
import { soundSampleRateHz, type MeasuredLoudness, type RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import { encodedSound } from './encoding.ts';
import type { FoundAsset } from './graph-part.ts';
import { soundGraph, type Levelling } from './sound-graph.ts';

/** The first of the two passes over the sound: which gain and which ceiling bring the encoded file to its target. */

/** Below this there is nothing to level: it stays as it is, in LUFS. It is what the meter says of silence. */
const silenceLufs = -69.5;

/** AAC adds to the peaks: aim this far below the ceiling, in dB. A −1.5 dBTP target was measured at +0.2 after encoding. */
const encoderHeadroomDb = 1;

/** A near-silent source is lifted by no more than this, in dB: its noise is not worth more. */
const maxGainDb = 50;

/** How near to the target is near enough, in LU. */
const toleranceLu = 0.3;

/** Each attempt encodes the sound alone and measures it: most need one, limited ones two or three. */
const maxAttempts = 5;

/** The schema of a levelling, for the cache. */
export const levellingSchema = z.strictObject({ gainDb: z.number(), limitDb: z.number().optional() });

/** The first guess: the plain difference, with a limiter only where peaks would pass the ceiling. */
export function firstLevelling(
  measured: MeasuredLoudness,
  target: Timeline['loudness'],
): Levelling | undefined {
  if (measured.integratedLufs <= silenceLufs) return undefined;
  const gainDb = Math.min(maxGainDb, target.integratedLufs - measured.integratedLufs);
  const ceilingDb = target.truePeakDbtp - encoderHeadroomDb;
  return { gainDb, limitDb: measured.truePeakDbtp + gainDb > ceilingDb ? ceilingDb : undefined };
}

/** The next guess after an encoded attempt was measured; undefined when that attempt was good. */
export function nextLevelling(
  tried: Levelling,
  measured: MeasuredLoudness,
  target: Timeline['loudness'],
): Levelling | undefined {
  const missingLu = target.integratedLufs - measured.integratedLufs;
  const excessDb = measured.truePeakDbtp - target.truePeakDbtp;
  const isLoudEnough = Math.abs(missingLu) <= toleranceLu || (missingLu > 0 && tried.gainDb >= maxGainDb);
  if (isLoudEnough && excessDb <= 0) return undefined;
  const limitDb = tried.limitDb ?? target.truePeakDbtp - encoderHeadroomDb;
  const gainDb = isLoudEnough ? tried.gainDb : Math.min(maxGainDb, tried.gainDb + missingLu);
  if (excessDb > 0) return { gainDb, limitDb: limitDb - excessDb - 0.2 };
  const wouldPassCeiling = measured.truePeakDbtp + missingLu > target.truePeakDbtp - 0.2;
  return { gainDb, limitDb: tried.limitDb === undefined && !wouldPassCeiling ? undefined : limitDb };
}

/** Finds the levelling of a timeline's sound by encoding it alone and measuring the result, until it fits. */
export async function findLevelling(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  options: { signal: AbortSignal },
): Promise<Levelling | undefined> {
  return withTemporaryFolder('sound', async (folder) => {
    const mix = await measure(mixGraph(timeline, assets), options);
    let levelling = firstLevelling(mix, timeline.loudness);
    for (let attempt = 0; attempt < maxAttempts && levelling !== undefined; attempt++) {
      const path = join(folder, `attempt-${attempt}.m4a`);
      await runRender(encodeGraph(timeline, assets, levelling, path), options);
      const encoded = await measure(fileGraph(path, timeline), options);
      const next = nextLevelling(levelling, encoded, timeline.loudness);
      if (next === undefined) break;
      levelling = next;
    }
    return levelling;
  });
}

async function measure(graph: RenderGraph, options: { signal: AbortSignal }): Promise<MeasuredLoudness> {
  const { loudness } = await runRender(graph, options);
  return loudness['measured'] ?? { integratedLufs: -70, rangeLu: 0, truePeakDbtp: -120 };
}

const meter = 'ebur128@measured=peak=true:framelog=quiet';

function mixGraph(timeline: Timeline, assets: ReadonlyMap<string, FoundAsset>): RenderGraph {
  const sound = soundGraph(timeline, assets, undefined);
  return {
    inputs: sound.inputs,
    filters: [...sound.lines, `[sound]${meter}[out]`].join(';\n'),
    outputs: [{ kind: 'measure', media: 'audio', label: 'out', keys: [] }],
    durationSeconds: secondsOf(timeline),
    files: [],
  };
}

function encodeGraph(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  levelling: Levelling,
  path: string,
): RenderGraph {
  const sound = soundGraph(timeline, assets, levelling);
  const encoded = encodedSound('sound');
  return {
    inputs: sound.inputs,
    filters: [...sound.lines, encoded.line].join(';\n'),
    outputs: [{ kind: 'file', path, format: 'ipod', formatOptions: {}, streams: [encoded.stream] }],
    durationSeconds: secondsOf(timeline),
    files: [],
  };
}

function fileGraph(path: string, timeline: Timeline): RenderGraph {
  return {
    inputs: [
      {
        path,
        fromSeconds: 0,
        toSeconds: Number.MAX_SAFE_INTEGER,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: 0, label: 'in' }],
      },
    ],
    filters: `[in]aresample=${soundSampleRateHz},${meter}[out]`,
    outputs: [{ kind: 'measure', media: 'audio', label: 'out', keys: [] }],
    durationSeconds: secondsOf(timeline),
    files: [],
  };
}

function secondsOf(timeline: Timeline): number {
  return (timeline.durationFrames * timeline.frameRate.den) / timeline.frameRate.num;
}
