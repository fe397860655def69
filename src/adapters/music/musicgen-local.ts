import { stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { openMusicgen, type Musicgen, type MusicgenFiles } from '../../inference/musicgen.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Music } from '../../ports/music.ts';
import { describeBrief, finishMusic } from './finish-music.ts';
import { monoWav } from '../../domain/mono-wav.ts';

/** Which model runs on this machine, and under which terms. */
export type LocalMusicgenOptions = {
  readonly folder: string;
  readonly terms: Pick<Music['terms'], 'licence' | 'mayEarnMoney'>;
};

/** MusicGen learned stretches of 30 s, and plays worse beyond them. In seconds. */
export const longestPlaySeconds = 30;

/** A model plays some percent of real time on a processor: the rest is nothing beside it. */
const playShare = 0.95;

/** A MusicGen model in a folder of this machine, run by transformers.js. It reads words alone: a melody is not followed. */
export function createLocalMusicgen({ folder, terms }: LocalMusicgenOptions): Music {
  let opening: Promise<Musicgen> | undefined;
  const open = () =>
    (opening ??= examineMusicgenFolder(folder)
      .then(openMusicgen)
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      }));
  return {
    model: `musicgen:${basename(folder)}`.slice(0, 200),
    terms: { ...terms, isSynthetic: true },
    /** @throws not_found.model_folder, input.model_incomplete, input.model_unreadable, tool.music_failed, cancelled.* */
    async make(brief, path, { signal, report }) {
      const musicgen = await open();
      const seconds = Math.min(longestPlaySeconds, brief.durationMs / 1000);
      const request = { prompt: describeBrief(brief), seconds, seed: brief.seed };
      const { samples, sampleRateHz } = await musicgen.play(request, {
        signal,
        report: (share) => report(share * playShare),
      });
      await withTemporaryFolder('music', async (temporary) => {
        const played = join(temporary, 'played.wav');
        await withFileErrors(played, () => writeFile(played, monoWav(samples, sampleRateHz)));
        const lengthMs = Math.floor((samples.length * 1000) / sampleRateHz);
        await finishMusic({ path: played, lengthMs }, brief, path, {
          signal,
          report: (share) => report(playShare + share * (1 - playShare)),
        });
      });
    },
    async close() {
      const musicgen = await opening?.catch(() => undefined);
      await musicgen?.close();
    },
  };
}

/** The graphs of a MusicGen model, as they are exported for transformers.js. */
const graphs = ['text_encoder', 'decoder_model_merged', 'encodec_decode'] as const;

const otherFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
] as const;

/** Looks at the folder of a model: the small graphs are taken where they are there. @throws not_found.model_folder, input.model_incomplete */
async function examineMusicgenFolder(folder: string): Promise<MusicgenFiles> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new PatternPivotError('not_found.model_folder', `There is no folder of a model: ${folder}`, {
      hint: 'Check music.folder; docs/music.md tells how a MusicGen model gets into one.',
      context: { folder },
    });
  }
  const isFile = async (name: string) =>
    (await stat(join(folder, name)).catch(() => undefined))?.isFile() === true;
  const lacking = async (names: readonly string[]) => {
    const there = await Promise.all(names.map(isFile));
    return names.find((_, index) => !there[index]);
  };
  const isQuantised = (await lacking(graphs.map((name) => `onnx/${name}_quantized.onnx`))) === undefined;
  const missing =
    (await lacking(otherFiles)) ??
    (isQuantised ? undefined : await lacking(graphs.map((name) => `onnx/${name}.onnx`)));
  if (missing === undefined) return { folder, isQuantised };
  throw new PatternPivotError('input.model_incomplete', `${missing} is missing in ${folder}`, {
    hint: 'Copy it from where the model came from, such as Xenova/musicgen-small (docs/music.md).',
    context: { folder, name: missing },
  });
}
