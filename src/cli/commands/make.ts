import { relative } from 'node:path';
import { Option, type Command } from 'commander';
import { aspectNames, layoutNames } from '../../domain/aspect.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { punchInModes, tightenModes } from '../../domain/tightening.ts';
import { isMediaAddress } from '../../domain/media-address.ts';
import type { TimeRange } from '../../domain/time.ts';
import { audiogramLooks } from '../../domain/timeline.ts';
import { makeBatch, type Job } from '../../recipes/batch.ts';
import type { MadeClip, SourceResult } from '../../recipes/events.ts';
import type { MakeOptions } from '../../recipes/make-request.ts';
import { listMediaFiles } from '../../recipes/media-files.ts';
import { readCaptionLook } from '../../app/caption-looks.ts';
import { canvasOf } from '../../app/config.ts';
import { readBrand, readPicture } from '../../app/load-brand.ts';
import { readGlossaryOption, readTranscript } from '../../app/user-files.ts';
import { brandLook } from '../../stages/plan/brand.ts';
import {
  collectLayout,
  collectRange,
  parseCount,
  parseSeconds,
  parseTime,
  readLayouts,
  type LayoutChoice,
} from '../parse-option.ts';
import {
  addCommonOptions,
  readConfig,
  withSession,
  type CommonOptions,
  type FlagTable,
  type Session,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

/** The options of `make` as commander gives them. */
type MakeFlags = CommonOptions & {
  readonly out?: string;
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
  readonly captions?: string;
  readonly emphasis?: boolean;
  readonly aspect?: string;
  readonly layout?: LayoutChoice[];
  readonly focus?: string;
  readonly tighten?: string;
  readonly punchIn?: string;
  readonly audiogram?: string;
  readonly picture?: string;
  readonly brand?: string;
  readonly topic?: string;
  readonly together?: boolean;
  readonly coverTitle?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly at?: TimeRange[];
  readonly transcript?: string;
  readonly glossary?: string | string[];
  readonly language?: string;
  readonly preview?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** Which flags set settings. */
export const settingFlags: FlagTable = {
  out: { setting: 'out', flag: '--out' },
  count: { setting: 'clips.count', flag: '--count' },
  min: { setting: 'clips.minSeconds', flag: '--min' },
  max: { setting: 'clips.maxSeconds', flag: '--max' },
  captions: { setting: 'captions.style', flag: '--captions' },
  emphasis: { setting: 'captions.emphasis', flag: '--no-emphasis' },
  aspect: { setting: 'render.aspect', flag: '--aspect' },
  layout: { setting: 'render.layout', flag: '--layout' },
  focus: { setting: 'render.focus', flag: '--focus' },
  audiogram: { setting: 'render.audiogram', flag: '--audiogram' },
  tighten: { setting: 'edit.tighten', flag: '--tighten' },
  punchIn: { setting: 'edit.punchIn', flag: '--punch-in' },
  brand: { setting: 'brand', flag: '--brand' },
  topic: { setting: 'topic', flag: '--topic' },
  coverTitle: { setting: 'covers.title', flag: '--cover-title' },
  glossary: { setting: 'glossary', flag: '--glossary' },
  language: { setting: 'language', flag: '--language' },
};

/** `pivot make`: long videos in, ready-to-post clips out. @returns by `done` the exit code */
export function addMakeCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('make')
    // Choices stand in the descriptions.
    .configureHelp({ optionDescription: (option) => option.description })
    .summary('make clips of videos, or of all in a folder')
    .argument('<media...>', 'video or audio files, or folders of them')
    .optionsGroup('What is made:')
    .option('--out <folder>', 'a folder in it for each source (default: clips)')
    .option('--count <n>', 'clips of each source (default: 5)', parseCount)
    .option('--min <time>', 'the shortest clip, 20 or 0:20 (default: 15)', parseSeconds)
    .option('--max <time>', 'the longest clip, 45 or 1:30 (default: 60)', parseSeconds)
    .option('--from <time>', 'only what comes after this', parseTime)
    .option('--to <time>', 'only what comes before this', parseTime)
    .option('--at <range>', 'exactly this, like 12:30-13:05; may be repeated', collectRange)
    .option('--topic <words>', 'what the clips should be about')
    .option('--together', 'the files are one recording, a file a speaker')
    .optionsGroup('What it hears:')
    .option('--transcript <file>', 'words that exist already: .srt, .vtt or .json')
    .option('--glossary <file|list>', 'names spelled right: a file, or "Ada, COBOL"')
    .option('--language <tag>', 'what is spoken (default: what the file says)')
    .optionsGroup('How it is cut:')
    .addOption(new Option('--tighten <mode>', 'cut pauses: off, natural or fast').choices(tightenModes))
    .addOption(
      new Option('--punch-in <mode>', 'zoom at jump cuts: off, subtle or strong').choices(punchInModes),
    )
    .optionsGroup('How it looks:')
    .addOption(new Option('--aspect <shape>', '9:16, 4:5, 1:1 or 16:9').choices(aspectNames))
    .addOption(
      new Option('--layout <name>', `${layoutNames.join(', ')}; a part: fit@1:30-2:00`).argParser(
        collectLayout,
      ),
    )
    .option('--focus <whom>', 'left, center, right or a person (pivot frame)')
    .option('--captions <style>', 'a style of pivot styles, a file, or none')
    .option('--no-emphasis', 'no key words set apart')
    .option('--brand <file>', 'a brand.json: fonts, colours, logo, intro')
    .option('--cover-title', 'the title on the cover')
    .addOption(new Option('--audiogram <look>', 'sound alone: waveform or spectrum').choices(audiogramLooks))
    .option('--picture <file>', 'the picture behind sound without one')
    .optionsGroup('How it runs:')
    .option('--preview', 'quick, 360 pixels wide, not checked')
    .option('--dry-run', 'only say what, how long and how much room')
    .option('--force', 'make it all anew; what you edited stays')
    .option('--json', 'what happens, as lines of JSON');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot make talk.mp4 --count 3\npivot make recordings/ --out ready --captions karaoke\n',
    )
    .action(async (media: string[], flags: MakeFlags) => {
      done(await runMake(media, flags, shell));
    });
}

async function runMake(media: readonly string[], flags: MakeFlags, shell: Shell): Promise<number> {
  assertFlags(flags);
  const glossary = typeof flags.glossary === 'string' ? await readGlossaryOption(flags.glossary) : undefined;
  // commander gives `--no-emphasis` a value even where nobody wrote it.
  const emphasis = flags.emphasis === false ? false : undefined;
  const { layout } = readLayouts(flags.layout);
  const config = await readConfig(shell, flags, { ...flags, emphasis, glossary, layout }, settingFlags);
  const { paths, emptyFolders } = await listMediaFiles(media);
  const jobs = listJobs(paths, emptyFolders, flags);
  return withSession(shell, flags, config, async (session) => {
    for (const folder of emptyFolders) session.say(`! No media file lies directly in ${toPrintable(folder)}`);
    const options = await readOptions(flags, session);
    const { results, exitCode } = await makeBatch(jobs, options, session.app.ports, session.context);
    session.context.emit({ event: 'cache', ...session.app.cacheCounts });
    for (const result of results) sayResult(result, session, shell);
    return exitCode;
  });
}

/** Each file is a source of its own, unless they are one recording. */
function listJobs(paths: readonly string[], emptyFolders: readonly string[], flags: MakeFlags): Job[] {
  if (paths.length === 0) {
    throw new PatternPivotError(
      'not_found.media',
      `No media file lies directly in ${emptyFolders.join(', ')}`,
      {
        hint: 'Name a folder that holds videos, or a file.',
        context: { emptyFolders },
      },
    );
  }
  const jobs = flags.together === true ? [paths] : paths.map((path) => [path]);
  if (flags.transcript !== undefined && jobs.length > 1) {
    throw new PatternPivotError(
      'input.transcript_of_many',
      '--transcript goes with one source, not with several.',
      {
        hint: 'Name the one file that the transcript belongs to.',
      },
    );
  }
  return jobs;
}

/** Refuses flags that say nothing beside others. */
function assertFlags({ at = [], from, to, count, min, max, topic }: MakeFlags): void {
  if (at.length === 0 || [from, to, count, min, max, topic].every((value) => value === undefined)) return;
  throw new PatternPivotError(
    'input.options_conflict',
    '--at says exactly what to cut, so --from, --to, --count, --min, --max and --topic say nothing.',
    {
      hint: 'Leave them out, or leave out --at.',
    },
  );
}

/** Flags that say how clips look, beside those that set settings. */
export type LookFlags = { readonly captions?: string; readonly picture?: string };

/** How clips are planned, as flags and configuration say: also what `remix` and `grep` make. */
export async function readPlanOptions(
  flags: LookFlags,
  { app, config, context }: Session,
): Promise<MakeOptions['plan']> {
  const step = { signal: context.signal, report: () => {} };
  const { ports } = app;
  const brand = config.brand === undefined ? undefined : await readBrand(config.brand, ports, step);
  const picture = flags.picture === undefined ? undefined : await readPicture(flags.picture, ports, step);
  // A brand's own style counts unless somebody asked for another.
  const asked = await readCaptionLook(config.captions.style);
  const look = brand?.captionLook !== undefined && flags.captions === undefined ? brand.captionLook : asked;
  return {
    ...canvasOf(config),
    captionLook: look === undefined || brand === undefined ? look : brandLook(look, brand),
    isEmphasised: config.captions.emphasis,
    layout: config.render.layout,
    ...(config.render.focus === undefined ? {} : { focus: config.render.focus }),
    tighten: config.edit.tighten,
    punchIn: config.edit.punchIn,
    audiogram: config.render.audiogram,
    picture,
    brand,
  };
}

async function readOptions(flags: MakeFlags, session: Session): Promise<MakeOptions> {
  const { config } = session;
  const { from, to, at = [] } = flags;
  const transcript = flags.transcript === undefined ? undefined : await readTranscript(flags.transcript);
  return {
    outFolder: config.out,
    count: config.clips.count,
    minMs: Math.round(config.clips.minSeconds * 1000),
    maxMs: Math.round(config.clips.maxSeconds * 1000),
    at,
    plan: {
      ...(await readPlanOptions(flags, session)),
      rangedWishes: readLayouts(flags.layout).rangedWishes,
    },
    hasCoverTitle: config.covers.title,
    glossary: config.glossary,
    isPreview: flags.preview === true,
    isDryRun: flags.dryRun === true,
    ...(config.topic === undefined ? {} : { topic: config.topic }),
    ...(from === undefined && to === undefined ? {} : { range: { fromMs: from ?? 0, toMs: to } }),
    ...(config.language === undefined ? {} : { language: config.language }),
    ...(transcript === undefined ? {} : { transcript }),
  };
}

/** Says what became of a source, and where its clips are. */
export function sayResult(result: SourceResult, { say, complain, paint }: Session, shell: Shell): void {
  const shown = (path: string) => {
    if (isMediaAddress(path)) return toPrintable(path);
    const near = relative(shell.cwd, path);
    return toPrintable(near.startsWith('..') || near === '' ? path : near);
  };
  const name = shown(result.path);
  if (result.status === 'skipped')
    return say(`${paint('yellow', '–')} ${name}: skipped, ${toPrintable(result.reason)}`);
  if (result.status === 'failed') {
    const { message, hint } = result.error;
    complain(`${paint('red', 'Error:')} ${toPrintable(message)}`);
    complain(`  with ${name} (${result.error.code})`);
    return complain(
      `  ${toPrintable(hint ?? 'Run it again with PATTERNPIVOT_DEBUG=1 to see where it came from.')}`,
    );
  }
  if (result.isDryRun)
    return say(`Nothing was made. Without --dry-run the clips go to a folder in ${shown(result.folder)}`);
  const there = result.clips.filter((clip) => clip.status !== 'missing');
  say(
    `${paint('green', '✓')} ${paint('bold', countClips(there.length))} of ${name} in ${shown(result.folder)}`,
  );
  for (const clip of result.clips) {
    const tell = clip.status === 'made' ? say : complain;
    tell(`  ${describeClip(clip, paint)}`);
  }
  if (result.pagePath !== undefined) say(`Look at them: open ${shown(result.pagePath)} in a browser.`);
  if (there.length > 0) {
    say(`Keep, reject, trim and mend them: pivot review ${quoteForShell(shown(result.folder))}`);
  }
}

const countClips = (count: number) => (count === 1 ? '1 clip' : `${count} clips`);

/** A path as one word of a POSIX shell. */
export function quoteForShell(path: string): string {
  return /^[\w@%+=:,./-]+$/u.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function describeClip(clip: MadeClip, paint: Session['paint']): string {
  const name = toPrintable(clip.name);
  if (clip.status === 'made') return `${name}${clip.isFresh ? '' : paint('dim', '  (from before)')}`;
  const what = clip.status === 'failed' ? 'did not pass its check' : 'could not be made';
  return paint('red', `${name}  ${what}: ${toPrintable(clip.problem ?? '')}`);
}
