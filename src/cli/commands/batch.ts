import { InvalidArgumentError, Option, type Command } from 'commander';
import { openMusic } from '../../app/compose-music.ts';
import { openMeters } from '../../app/meters.ts';
import { batchWays, pickStrategies, type BatchWay, type PickStrategy } from '../../domain/batch.ts';
import { musicMoods, type MusicMood } from '../../domain/music.ts';
import { makeTrackBatch, type BatchResult } from '../../recipes/tracks/make-batch.ts';
import { sayFilm } from '../film-options.ts';
import { collectText, parseCount } from '../parse-option.ts';
import { print, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary } from '../run-library.ts';
import { toPrintable } from '../terminal.ts';
import { addTrackOptions, readTrackLook, trackFlagTable, type TrackFlags } from './combine.ts';

type BatchFlags = TrackFlags & {
  readonly size: number;
  readonly count: number;
  readonly pick: PickStrategy;
  readonly by: BatchWay;
  readonly seed: number;
  readonly mood?: MusicMood;
  readonly tag?: string[];
  readonly channel?: string;
  readonly keepAudio?: boolean;
};

/** How long a track plays when nobody says, in ms. */
const usualLengthMs = 40_000;

/** So many batches at most in one run: each is rendered. */
const mostBatches = 100;

/** `pivot batch`: a new track, and a film of it, of recordings that were never used together. @returns by `done` the exit code */
export function addBatchCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('batch')
    .summary('make new music of recordings never used together; combine films it')
    .option('--size <n>', 'of so many recordings, 2 to 12 (default: 3)', parseCount, 3)
    .option('--count <n>', 'so many batches, one after the other (default: 1)', parseBatches, 1)
    .addOption(
      new Option('--pick <strategy>', `${pickStrategies.join(', ')} (default: shuffled)`)
        .choices(pickStrategies)
        .default('shuffled'),
    )
    .addOption(
      new Option('--by <way>', 'generating: no sample is heard; combining: of what is yours')
        .choices(batchWays)
        .default('generating'),
    )
    .option('--seed <n>', 'another is another choice and other music (default: 1)', parseCount, 1)
    .addOption(
      new Option('--mood <mood>', `${musicMoods.join(', ')} (default: as measured)`).choices(musicMoods),
    )
    .option('--tag <tag>', 'only recordings with this tag; may be repeated', collectText)
    .option('--channel <name>', 'only recordings of this channel')
    .option('--keep-audio', 'keep the sound of each recording as WAV')
    .option('--json', 'what was made, as JSON');
  addLibraryOptions(addTrackOptions(command, 'how long it plays (default: 40)'))
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot batch --size 3 --with cover.jpg\npivot batch --by combining --pick similarity --visualise spectrum\n',
    )
    .addHelpText(
      'after',
      '\nThe same set of recordings is never used twice. What is yours is tagged so: pivot add talk.mp4\n--tag owned. The film goes into the publish queue as a draft. docs/batches.md',
    )
    .action(async (flags: BatchFlags) => done(await runBatch(flags, shell)));
}

function parseBatches(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count > mostBatches) throw new InvalidArgumentError(`Write 1 to ${mostBatches}.`);
  return count;
}

async function runBatch(flags: BatchFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags, flags, trackFlagTable);
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async (session) => {
    const { app, context, library } = session;
    const meters = openMeters({ config, env: shell.env });
    const openMaker = () => openMusic({ config, env: shell.env, meterAt: meters.meterAt });
    const results: BatchResult[] = [];
    let exitCode = 0;
    try {
      for (let made = 0; made < flags.count; made++) {
        const result = await makeTrackBatch(
          library,
          {
            size: flags.size,
            strategy: flags.pick,
            seed: flags.seed,
            way: flags.by,
            selection: {
              ...(flags.tag === undefined ? {} : { tags: flags.tag }),
              ...(flags.channel === undefined ? {} : { channel: flags.channel }),
            },
            lengthMs: flags.length ?? usualLengthMs,
            mood: flags.mood,
            title: flags.title,
            outFolder: config.out,
            keepsSound: flags.keepAudio === true,
            look: readTrackLook(flags, session),
          },
          { ...app.ports, openEmbedder: () => app.openEmbedder(), openMusic: openMaker },
          context,
        );
        results.push(result);
        exitCode = Math.max(exitCode, sayBatch(result, session, shell));
      }
    } finally {
      await meters.close();
      if (json === true) await print(shell, `${JSON.stringify(results, undefined, 2)}\n`);
    }
    return exitCode;
  });
}

function sayBatch({ batch, clip, sources, queueItem }: BatchResult, session: Session, shell: Shell): number {
  const { say, paint } = session;
  say(`${paint('bold', toPrintable(clip.title))}  ${paint('dim', `batch ${batch.id}`)}`);
  for (const { title } of sources) say(`  ${toPrintable(title)}`);
  say(paint('dim', `  ${toPrintable(batch.why)}`));
  const exitCode = sayFilm(clip, session, shell);
  if (queueItem !== undefined) say(`${paint('green', '✓')} in the publish queue: ${queueItem.id}`);
  return exitCode;
}
