import { stat } from 'node:fs/promises';
import { withFileErrors } from '../domain/file-error.ts';
import type { MusicBrief, MusicMeasures } from '../domain/music.ts';
import { provenanceSchema, type Provenance } from '../domain/provenance.ts';
import { suggestBrief, type BriefWishes } from '../stages/compose/suggest-brief.ts';
import { listen } from '../stages/listen/listen.ts';
import type { Music } from '../ports/music.ts';
import { runStep, type RecipeContext } from './events.ts';

/** What music is wanted, and where it goes. */
export type MusicWish = BriefWishes & {
  /** A recording whose tempo, key and course are taken where none are given, and whose melody a model may follow. */
  readonly like?: string | undefined;
  /** Gets a WAV: stereo, 48 kHz. */
  readonly path: string;
};

/** New music: the file, how it was asked for and where it comes from. */
export type MadeMusic = {
  readonly path: string;
  readonly brief: Omit<MusicBrief, 'melodyPath'>;
  readonly provenance: Provenance;
};

/** Below this a recording has no beat that music could follow. */
const leastConfidence = 0.2;

/** Writes new music into a file. The terms of who makes it are said first. @throws what {@link Music.make} and listening throw */
export async function makeMusic(
  wish: MusicWish,
  ports: { openMusic(): Promise<Music> },
  context: RecipeContext,
): Promise<MadeMusic> {
  const { like, path, ...wishes } = wish;
  const heard = like === undefined ? undefined : await listenTo(like, context);
  const { melodyPath, ...brief } = suggestBrief({
    ...wishes,
    ...(heard === undefined ? {} : follow(heard, wishes)),
    melodyPath: like,
  });
  const music = await ports.openMusic();
  try {
    const { terms, model } = music;
    if (!terms.mayEarnMoney) {
      const text = `${model}: under its terms (${terms.licence}) what it makes must not earn money.`;
      context.emit({ event: 'note', text });
    }
    const whole = { ...brief, ...(melodyPath === undefined ? {} : { melodyPath }) };
    await runStep(
      context,
      'compose',
      ({ signal, report }) =>
        music.make(whole, path, {
          signal,
          report: (share) => report({ done: Math.round(share * 100), total: 100, unit: '%' }),
        }),
      { detail: () => model },
    );
    const provenance = { kind: 'music', madeBy: model, ...terms, isRealistic: false };
    return { path, brief, provenance: provenanceSchema.parse(provenance) };
  } finally {
    await music.close();
  }
}

/** What is taken of a recording, where nobody said otherwise. */
function follow(heard: MusicMeasures, wishes: BriefWishes): Partial<BriefWishes> {
  const hasBeat = heard.tempoConfidence >= leastConfidence;
  return {
    tempoBpm: wishes.tempoBpm ?? (hasBeat ? Math.round(heard.tempoBpm * 100) / 100 : undefined),
    key: wishes.key ?? heard.key,
    energy: wishes.energy ?? (heard.energy.length === 0 ? undefined : smoothEnergy(heard.energy)),
  };
}

/** So many values are course enough: every second's would be a nervous hand. */
const mostEnergies = 32;

function smoothEnergy(energy: readonly number[]): number[] {
  const count = Math.min(mostEnergies, energy.length);
  return Array.from({ length: count }, (_, index) => {
    const part = energy.slice(
      Math.floor((index * energy.length) / count),
      Math.max(1, Math.ceil(((index + 1) * energy.length) / count)),
    );
    return Math.round((part.reduce((sum, value) => sum + value, 0) / part.length) * 100) / 100;
  });
}

/** Hears tempo, key, energy and beats of a recording. @throws not_found.file, input.no_audio, input.unreadable */
export async function listenTo(path: string, context: RecipeContext): Promise<MusicMeasures> {
  await withFileErrors(path, () => stat(path));
  return runStep(context, 'listen', ({ signal, report }) =>
    listen(path, {
      signal,
      onProgress: (doneMs) => report({ done: Math.round(doneMs / 1000), total: undefined, unit: 's' }),
    }),
  );
}
