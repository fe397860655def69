import { InvalidArgumentError, Option, type Command } from 'commander';
import { canvasOf } from '../../app/config.ts';
import { aspectNames } from '../../domain/aspect.ts';
import { queueFilm } from '../../recipes/queue-film.ts';
import { combine, type TrackLook } from '../../recipes/tracks/combine.ts';
import { trackDrawings, type TrackDrawing } from '../../stages/tracks/lay-out-track.ts';
import { sayFilm } from '../film-options.ts';
import { parseTime } from '../parse-option.ts';
import type { FlagTable, Session, Shell } from '../run-command.ts';
import { print } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';

/** Options of commands that make a film of a sound. */
export type TrackFlags = LibraryOptions & {
  readonly with?: string;
  readonly visualise?: TrackDrawing;
  readonly color: string;
  readonly length?: number;
  readonly title?: string;
  readonly out?: string;
  readonly aspect?: string;
  readonly preview?: boolean;
};

/** Which of them set settings. */
export const trackFlagTable: FlagTable = {
  out: { setting: 'out', flag: '--out' },
  aspect: { setting: 'render.aspect', flag: '--aspect' },
};

/** Adds what commands that make a film of a sound have in common. */
export function addTrackOptions(command: Command, lengthText: string): Command {
  return command
    .option('--with <file>', 'a PNG or JPEG picture, or a video (default: a plain backdrop)')
    .addOption(
      new Option('--visualise <how>', 'waveform, spectrum or none (default: waveform)').choices(
        trackDrawings,
      ),
    )
    .option('--color <#rrggbb>', 'of what is drawn (default: #FFFFFF)', parseColor, '#FFFFFF')
    .option('--length <time>', lengthText, parseTime)
    .option('--title <words>', 'what it is called')
    .option('--out <folder>', 'the folder that it goes to (default: clips)')
    .addOption(new Option('--aspect <shape>', '9:16, 4:5, 1:1 or 16:9').choices(aspectNames))
    .option('--preview', 'quick, 360 pixels wide, not checked');
}

function parseColor(text: string): string {
  if (!/^#[0-9A-Fa-f]{6}$/u.test(text)) throw new InvalidArgumentError('Write a colour like #FFD84D.');
  return text;
}

/** How the film looks, of flags and settings. */
export function readTrackLook(flags: TrackFlags, { config }: Session): TrackLook {
  return {
    picturePath: flags.with,
    drawing: flags.visualise ?? 'waveform',
    ...canvasOf(config),
    color: flags.color,
    isPreview: flags.preview === true,
    hasCoverTitle: config.covers.title,
  };
}

type CombineFlags = TrackFlags & { readonly queue?: boolean };

/** `pivot combine`: a film of a sound. @returns by `done` the exit code */
export function addCombineCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('combine')
    .summary('make a film of a sound with a picture or a video')
    .argument('<audio>', 'a file with sound');
  addTrackOptions(command, 'how long it plays, 45 or 1:00 (default: as long as the sound)')
    .option('--queue', 'put it into the publish queue of the library')
    .option('--json', 'what was made, as JSON');
  addLibraryOptions(command)
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot combine track.wav --with cover.jpg\npivot combine track.wav --with clip.mp4 --visualise spectrum --length 30\n',
    )
    .addHelpText(
      'after',
      '\nA shorter length cuts the sound off with a fade, a longer one loops it. A video is trimmed or\nlooped, and its own sound is not heard. docs/batches.md',
    )
    .action(async (audio: string, flags: CombineFlags) => done(await runCombine(audio, flags, shell)));
}

async function runCombine(audioPath: string, flags: CombineFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags, flags, trackFlagTable);
  const { json, ...quietly } = flags;
  return withLibrary(shell, { ...quietly, mayCreate: flags.queue === true }, config, async (session) => {
    const { app, context, library, say, paint } = session;
    const clip = await combine(
      {
        ...readTrackLook(flags, session),
        audioPath,
        lengthMs: flags.length,
        title: flags.title,
        outFolder: config.out,
      },
      app.ports,
      context,
    );
    const exitCode = sayFilm(clip, session, shell);
    const item =
      flags.queue === true && clip.status === 'made' && flags.preview !== true
        ? await queueFilm(library.records, { clip, note: 'Made by pivot combine.' }, app.ports, {
            signal: context.signal,
            now: new Date(),
          })
        : undefined;
    if (json === true) {
      const document = item === undefined ? { clip } : { clip, queueItem: item.item };
      await print(shell, `${JSON.stringify(document, undefined, 2)}\n`);
    }
    if (item !== undefined)
      say(`${paint('green', '✓')} ${item.isNew ? 'in' : 'already in'} the publish queue: ${item.item.id}`);
    return exitCode;
  });
}
