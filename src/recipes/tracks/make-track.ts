import type { BatchWay } from '../../domain/batch.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { MusicBrief, MusicKey, MusicMood } from '../../domain/music.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Music } from '../../ports/music.ts';
import { clearestBeat, leastBeat, writeBrief } from '../../stages/tracks/brief.ts';
import { masterTrack, mixSound, trackLevels } from '../../stages/tracks/mix-sound.ts';
import { planMix, type MixPlan } from '../../stages/tracks/plan-mix.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readAssetTranscript } from '../library/assets.ts';
import type { Library } from '../library/library.ts';
import type { OutputFolder } from '../output-folder.ts';
import type { HeardSource } from './listen-to-sources.ts';

/** What track is wanted of a batch. */
export type TrackWish = {
  readonly way: BatchWay;
  readonly lengthMs: number;
  readonly seed: number;
  readonly mood: MusicMood | undefined;
};

/** A new track, mastered, in a temporary file. */
export type MadeTrack = {
  readonly path: string;
  readonly title: string;
  readonly tempoBpm: number;
  readonly key: MusicKey;
  readonly provenance: Provenance;
  /** How it came to be, for the papers. */
  readonly recipe:
    { readonly brief: Omit<MusicBrief, 'melodyPath'>; readonly model: string } | { readonly mix: MixPlan };
};

/** Names the way recordings are put together, in what they become. */
const mixModel = 'mix-1';

/** How near to its loudness a track must be, in LU. */
const loudnessToleranceLu = 0.5;

/** Makes one new track of what was heard of a batch. @throws what the music port throws, tool.render_failed, tool.not_mastered */
export async function makeTrack(
  heard: readonly HeardSource[],
  wish: TrackWish,
  ports: { openMusic(): Promise<Music>; readonly library: Library },
  folder: OutputFolder,
  context: RecipeContext,
): Promise<MadeTrack> {
  return wish.way === 'generating'
    ? generateTrack(heard, wish, ports, folder, context)
    : mixTrack(heard, wish, ports.library, folder, context);
}

/** Music that follows what was measured, and has no sample of a source in it. */
async function generateTrack(
  heard: readonly HeardSource[],
  { lengthMs, seed, mood }: TrackWish,
  ports: { openMusic(): Promise<Music> },
  folder: OutputFolder,
  context: RecipeContext,
): Promise<MadeTrack> {
  const measures = heard.map((one) => one.measures);
  const melodyPath = heard[clearestBeat(measures)]?.wavPath;
  const brief: MusicBrief = { ...writeBrief(measures, { durationMs: lengthMs, seed, mood }) };
  const music = await ports.openMusic();
  try {
    if (!music.terms.mayEarnMoney) {
      const text = `${music.model}: under its terms (${music.terms.licence}) what it makes must not earn money.`;
      context.emit({ event: 'note', text });
    }
    const raw = folder.temporaryPath('.wav');
    await runStep(
      context,
      'compose',
      ({ signal, report }) =>
        music.make({ ...brief, ...(melodyPath === undefined ? {} : { melodyPath }) }, raw, {
          signal,
          report: (share) => report({ done: Math.round(share * 100), total: 100, unit: '%' }),
        }),
      { detail: () => music.model },
    );
    const path = await master(raw, lengthMs, folder, context);
    return {
      path,
      title: titleOf(brief.mood, brief.key, brief.tempoBpm),
      tempoBpm: brief.tempoBpm,
      key: brief.key,
      provenance: { kind: 'music', madeBy: music.model, ...music.terms, isRealistic: false },
      recipe: { brief, model: music.model },
    };
  } finally {
    await music.close();
  }
}

/** The recordings themselves, put together. */
async function mixTrack(
  heard: readonly HeardSource[],
  { lengthMs, seed }: TrackWish,
  library: Library,
  folder: OutputFolder,
  context: RecipeContext,
): Promise<MadeTrack> {
  const sources = [];
  for (const { asset, source, measures } of heard) {
    const { sentences } = await readAssetTranscript(library, asset);
    sources.push({ measures, durationMs: source.info.durationMs, sentences });
  }
  const hasBeat = heard.some(({ measures }) => measures.tempoConfidence >= leastBeat);
  const plan = planMix(sources, { durationMs: lengthMs, seed });
  const path = folder.temporaryPath('.wav');
  await runStep(
    context,
    'mix',
    ({ signal, report }) =>
      mixSound(
        plan,
        heard.map(({ wavPath }) => wavPath),
        path,
        {
          signal,
          onProgress: (share) => report({ done: Math.round(share * 100), total: 100, unit: '%' }),
        },
      ),
    { detail: () => `${plan.pieces.length} pieces` },
  );
  const from = plan.pieces.map(({ source, fromMs, sourceMs }) => ({
    contentHash: heard[source]!.source.contentHash,
    startMs: Math.round(fromMs),
    endMs: Math.round(fromMs + sourceMs),
  }));
  return {
    path,
    title: hasBeat
      ? titleOf('Mix', plan.key, plan.tempoBpm)
      : `Mix of ${heard.map(({ asset }) => asset.title).join(', ')}`.slice(0, 100),
    tempoBpm: plan.tempoBpm,
    key: plan.key,
    provenance: {
      kind: 'music',
      madeBy: mixModel,
      licence: "The owner's own recordings",
      mayEarnMoney: true,
      isSynthetic: false,
      isRealistic: false,
      from: from.slice(0, 1000),
    },
    recipe: { mix: plan },
  };
}

/** As loud as platforms play, whatever a model gave. @throws tool.not_mastered for silence, and for what cannot be brought there */
async function master(
  from: string,
  durationMs: number,
  folder: OutputFolder,
  context: RecipeContext,
): Promise<string> {
  const to = folder.temporaryPath('.wav');
  const { integratedLufs } = await runStep(
    context,
    'mix',
    ({ signal, report }) =>
      masterTrack(
        { from, to, durationMs },
        {
          signal,
          onProgress: (share) => report({ done: Math.round(share * 100), total: 100, unit: '%' }),
        },
      ),
    { detail: (loudness) => `${loudness.integratedLufs.toFixed(1)} LUFS` },
  );
  if (Math.abs(integratedLufs - trackLevels.integratedLufs) <= loudnessToleranceLu) return to;
  throw new PatternPivotError(
    'tool.not_mastered',
    `The music that was made is at ${integratedLufs.toFixed(1)} LUFS and cannot be brought to ${trackLevels.integratedLufs}.`,
    { hint: 'Try another --seed. A music server may have given silence.', context: { integratedLufs } },
  );
}

function titleOf(what: string, { tonic, mode }: MusicKey, tempoBpm: number): string {
  const first = `${what.slice(0, 1).toUpperCase()}${what.slice(1)}`;
  return `${first} in ${tonic.replace('#', '♯')} ${mode}, ${Math.round(tempoBpm)} BPM`;
}
