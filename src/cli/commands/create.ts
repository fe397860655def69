import { InvalidArgumentError, Option, type Command } from 'commander';
import { composeImages } from '../../app/compose-images.ts';
import { openMusic } from '../../app/compose-music.ts';
import { openVoice } from '../../app/compose-voice.ts';
import { voiceKinds } from '../../app/voice-config.ts';
import { imageKinds } from '../../app/images-config.ts';
import { openMeters } from '../../app/meters.ts';
import { aspectNames } from '../../domain/aspect.ts';
import { musicMoods, type MusicMood } from '../../domain/music.ts';
import { scriptFormats, type Script, type ScriptFormat } from '../../domain/script.ts';
import { createShort, parseScript, type CreatedShort } from '../../recipes/create/create.ts';
import { scriptLengthRange } from '../../recipes/create/script.ts';
import { readTextFile } from '../../recipes/read-text.ts';
import { sayFilm, showPath } from '../film-options.ts';
import { parseCount, parseTime } from '../parse-option.ts';
import type { FlagTable, Session, Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { toPrintable } from '../terminal.ts';
import { readPlanOptions } from './make.ts';

type CreateFlags = LibraryOptions & {
  readonly length: number;
  readonly format: ScriptFormat;
  readonly from?: string;
  readonly script?: string;
  readonly voice?: string;
  readonly speaker?: string;
  readonly images?: string;
  readonly music?: string;
  readonly mood?: MusicMood;
  readonly seed: number;
  readonly out?: string;
  readonly aspect?: string;
  readonly captions?: string;
  readonly emphasis?: boolean;
  readonly brand?: string;
  readonly preview?: boolean;
  readonly force?: boolean;
};

const createFlagTable: FlagTable = {
  out: { setting: 'out', flag: '--out' },
  captions: { setting: 'captions.style', flag: '--captions' },
  emphasis: { setting: 'captions.emphasis', flag: '--no-emphasis' },
  aspect: { setting: 'render.aspect', flag: '--aspect' },
  brand: { setting: 'brand', flag: '--brand' },
  voice: { setting: 'voice.kind', flag: '--voice' },
  speaker: { setting: 'voice.name', flag: '--speaker' },
  images: { setting: 'images.kind', flag: '--images' },
  music: { setting: 'music.kind', flag: '--music' },
};

const musicKinds = ['composer', 'local', 'server', 'none'] as const;

/** The largest script that is read, in bytes. */
const maxScriptBytes = 4_000_000;

/** `pivot create`: a new short out of what was said before. @returns by `done` the exit code */
export function addCreateCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('create')
    .summary('write and film a new short from what was said')
    .argument('<topic>', 'what it is about, in words')
    .option('--length <time>', 'how long it is spoken, 40 or 1:00 (default: 40)', parseLength, 40_000)
    .addOption(
      new Option('--format <name>', `${scriptFormats.join(', ')} (default: explainer)`)
        .choices(scriptFormats)
        .default('explainer'),
    )
    .option('--from <corpus>', 'only from this corpus (default: the whole library)')
    .option('--script <file>', 'film this script, of pivot script --json, and write none')
    .option('--voice <kind>', `${voiceKinds.join(', ')} (docs/voices.md)`)
    .option('--speaker <name>', 'which of its voices')
    .addOption(
      new Option('--images <kind>', "screenshots, the sources' own pictures, or openai").choices(imageKinds),
    )
    .addOption(new Option('--music <kind>', 'composer, local, server or none').choices(musicKinds))
    .addOption(new Option('--mood <mood>', `of the music: ${musicMoods.join(', ')}`).choices(musicMoods))
    .option('--seed <n>', '0 is the best there is, others are others (default: 0)', parseCount, 0)
    .option('--out <folder>', 'the folder that it goes to (default: clips)')
    .addOption(new Option('--aspect <shape>', '9:16, 4:5, 1:1 or 16:9').choices(aspectNames))
    .option('--captions <style>', 'a style of pivot styles, a file, or none')
    .option('--no-emphasis', 'no key words set apart')
    .option('--brand <file>', 'a brand.json: fonts, colours, logo, intro')
    .option('--preview', 'quick, 360 pixels wide, not checked')
    .option('--force', 'make everything anew')
    .option('--json', 'what happens, as lines of JSON');
  addLibraryOptions(command)
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot create "why we are late"\npivot create "three ways to leave on time" --format list --length 45 --speaker rms\n',
    )
    .addHelpText(
      'after',
      '\nNothing leaves this machine unless a chat model, a voice or pictures are set so. docs/creating.md',
    )
    .action(async (topic: string, flags: CreateFlags) => done(await runCreate(topic, flags, shell)));
}

function parseLength(text: string): number {
  const ms = parseTime(text);
  if (ms < scriptLengthRange.minMs || ms > scriptLengthRange.maxMs) {
    throw new InvalidArgumentError('A short is spoken in 8 seconds to 3 minutes.');
  }
  return ms;
}

async function runCreate(topic: string, flags: CreateFlags, shell: Shell): Promise<number> {
  const isSilent = flags.music === 'none';
  const settings = {
    ...flags,
    // Commander gives `--no-emphasis` a value even where nobody wrote it.
    emphasis: flags.emphasis === false ? false : undefined,
    music: isSilent ? undefined : flags.music,
  };
  const config = await readLibraryConfig(shell, flags, settings, createFlagTable);
  const script = flags.script === undefined ? undefined : await readScript(flags.script);
  return withLibrary(shell, flags, config, async (session) => {
    const { library, app, context } = session;
    const { env } = shell;
    const meters = openMeters({ config, env });
    const { meterAt } = meters;
    try {
      const made = await createShort(
        library,
        {
          topic,
          corpus: flags.from,
          format: flags.format,
          lengthMs: flags.length,
          seed: flags.seed,
          script,
          mood: flags.mood,
          imageLook: config.images.look,
          isFromStills: config.images.fromScreenshots,
          outFolder: config.out,
          plan: await readPlanOptions(flags, session),
          hasCoverTitle: config.covers.title,
          isPreview: flags.preview === true,
        },
        {
          ...app.ports,
          embedder: await app.openEmbedder(),
          openVoice: () => openVoice({ config, env, ports: app.ports, meterAt }),
          openMusic: async () => (isSilent ? undefined : await openMusic({ config, env, meterAt })),
          openImages: () => composeImages({ config, env, meterAt }),
        },
        context,
      );
      return sayCreated(made, session, shell);
    } finally {
      await meters.close();
    }
  });
}

async function readScript(path: string): Promise<Script> {
  return parseScript(await readTextFile(path, { maxBytes: maxScriptBytes }), path);
}

function sayCreated({ script, clip, folder }: CreatedShort, session: Session, shell: Shell): number {
  const { say, paint } = session;
  const how =
    script.way === 'extractive' ? "in the creator's own sentences" : `by ${script.model ?? 'a model'}`;
  say(`${paint('bold', toPrintable(script.title))}  ${paint('dim', toPrintable(how))}`);
  for (const { text, role } of script.lines) say(`  ${role.padEnd(7)} ${toPrintable(text)}`);
  const exitCode = sayFilm(clip, session, shell);
  say(paint('dim', `  Its script: ${showPath(`${folder}/script.json`, shell)}`));
  return exitCode;
}
