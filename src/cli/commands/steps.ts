import type { Command } from 'commander';
import type { Config } from '../../app/config.ts';
import { readGlossaryOption, readTranscript } from '../../app/user-files.ts';
import { formatSrt, formatVtt } from '../../domain/caption-files.ts';
import { errorStatuses, PatternPivotError } from '../../domain/errors.ts';
import { formatDocument } from '../../recipes/finish-clip.ts';
import { render } from '../../recipes/render.ts';
import { listMoments, transcribe } from '../../recipes/steps.ts';
import { writeTextFile } from '../output-file.ts';
import { parseCount, parseSeconds } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';
import { settingFlags } from './make.ts';

type StepFlags = CommonOptions & {
  readonly out?: string;
  readonly srt?: string;
  readonly vtt?: string;
  readonly glossary?: string;
  readonly language?: string;
  readonly transcript?: string;
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
  readonly preview?: boolean;
  readonly force?: boolean;
};

/** The single steps: `transcribe`, `moments`, `render`. */
export function addStepCommands(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const transcribing = program
    .command('transcribe')
    .summary('write down what is said, word by word with times')
    .argument('<media>', 'a video or audio file')
    .option('--out <file>', 'the transcript as JSON (default: standard output)')
    .option('--srt <file>', 'subtitles as SRT')
    .option('--vtt <file>', 'subtitles as WebVTT')
    .option('--glossary <file|list>', 'names spelled right: a file, or "Ada, COBOL"')
    .option('--language <tag>', 'what is spoken (default: what the file says)')
    .option('--force', 'hear it anew');
  addCommonOptions(transcribing)
    .addHelpText(
      'before',
      'pivot transcribe talk.mp4 --out talk.json\npivot transcribe talk.mp4 --srt talk.srt\n',
    )
    .action(async (media: string, flags: StepFlags) => done(await runTranscribe(media, flags, shell)));

  const finding = program
    .command('moments')
    .summary('find the moments worth cutting, with scores and reasons')
    .argument('[media]', 'a video or audio file')
    .option('--transcript <file>', 'words: .srt, .vtt, .json; no media is needed then')
    .option('--out <file>', 'the moments as JSON (default: standard output)')
    .option('--count <n>', 'how many (default: 5)', parseCount)
    .option('--min <time>', 'the shortest, 20 or 0:20 (default: 15)', parseSeconds)
    .option('--max <time>', 'the longest, 45 or 1:30 (default: 60)', parseSeconds)
    .option('--glossary <file|list>', 'names spelled right: a file, or "Ada, COBOL"')
    .option('--language <tag>', 'what is spoken (default: what the file says)')
    .option('--force', 'find them anew');
  addCommonOptions(finding)
    .addHelpText(
      'before',
      'pivot moments talk.mp4 --out moments.json\npivot moments --transcript captions.vtt --count 10\n',
    )
    .action(async (media: string | undefined, flags: StepFlags) =>
      done(await runMoments(media, flags, shell)),
    );

  const rendering = program
    .command('render')
    .summary('render a timeline, edited or not')
    .argument('<timeline>', 'a .timeline.json')
    .option('--out <file>', 'the film (default: beside the timeline)')
    .option('--preview', 'quick and small, 360 pixels wide, not checked')
    .option('--force', 'render anew, and replace what lies there whoever wrote it');
  addCommonOptions(rendering)
    .addHelpText(
      'before',
      'pivot render clips/talk/01-why.timeline.json\npivot render edit.timeline.json --out edit.mp4\n',
    )
    .action(async (timeline: string, flags: StepFlags) => done(await runRender(timeline, flags, shell)));
}

async function runTranscribe(media: string, flags: StepFlags, shell: Shell): Promise<number> {
  const config = await readStepConfig(flags, shell);
  return withSession(shell, flags, config, async ({ app, context, say }) => {
    const outcome = await transcribe(media, hearOptions(config), app.ports, context);
    if (outcome.status === 'skipped') {
      say(`– ${toPrintable(media)}: skipped, ${toPrintable(outcome.reason)}`);
      return 0;
    }
    const transcript = outcome.value;
    if (flags.srt !== undefined) await writeOutput(flags.srt, formatSrt([transcript]), say);
    if (flags.vtt !== undefined)
      await writeOutput(flags.vtt, formatVtt([transcript], { language: transcript.language }), say);
    if (flags.out !== undefined) await writeOutput(flags.out, formatDocument(transcript), say);
    else if (flags.srt === undefined && flags.vtt === undefined)
      await print(shell, formatDocument(transcript));
    return 0;
  });
}

async function runMoments(media: string | undefined, flags: StepFlags, shell: Shell): Promise<number> {
  if (media === undefined && flags.transcript === undefined) {
    throw new PatternPivotError(
      'input.nothing_given',
      'Moments of what? Neither media nor a transcript is given.',
      {
        hint: 'pivot moments talk.mp4, or pivot moments --transcript captions.vtt',
      },
    );
  }
  const config = await readStepConfig(flags, shell);
  const transcript = flags.transcript === undefined ? undefined : await readTranscript(flags.transcript);
  return withSession(shell, flags, config, async ({ app, context, say }) => {
    const words = transcript === undefined ? {} : { transcript };
    const input =
      media === undefined
        ? (words as { transcript: NonNullable<typeof transcript> })
        : { path: media, ...words };
    const outcome = await listMoments(
      input,
      {
        ...hearOptions(config),
        count: config.clips.count,
        minMs: Math.round(config.clips.minSeconds * 1000),
        maxMs: Math.round(config.clips.maxSeconds * 1000),
      },
      app.ports,
      context,
    );
    if (outcome.status === 'skipped') {
      say(`– ${toPrintable(media ?? 'the transcript')}: skipped, ${toPrintable(outcome.reason)}`);
      return 0;
    }
    for (const note of outcome.value.notes) say(`! ${toPrintable(note)}`);
    if (flags.out === undefined) await print(shell, formatDocument(outcome.value));
    else await writeOutput(flags.out, formatDocument(outcome.value), say);
    return 0;
  });
}

async function runRender(timeline: string, flags: StepFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  return withSession(shell, flags, config, async ({ app, context, say, paint }) => {
    const options = {
      isPreview: flags.preview === true,
      mayReplace: flags.force === true,
      ...(flags.out === undefined ? {} : { outputPath: flags.out }),
    };
    const rendered = await render(timeline, options, app.ports, context);
    const { failedFindings } = rendered;
    const mark = failedFindings.length === 0 ? paint('green', '✓') : paint('red', '✗');
    say(`${mark} ${toPrintable(rendered.path)}${rendered.isFresh ? '' : '  (from before)'}`);
    for (const finding of failedFindings) say(`  ${finding.rule}: ${toPrintable(finding.text)}`);
    return failedFindings.length === 0 ? 0 : errorStatuses.tool.exitCode;
  });
}

async function readStepConfig(flags: StepFlags, shell: Shell): Promise<Config> {
  const glossary = flags.glossary === undefined ? undefined : await readGlossaryOption(flags.glossary);
  // A step's --out names a file, and the setting of that name a folder.
  return readConfig(shell, flags, { ...flags, out: undefined, glossary }, settingFlags);
}

function hearOptions({ glossary, language }: Config) {
  return { glossary, ...(language === undefined ? {} : { language }) };
}

/** Writes a text so that it appears whole or not at all, and says so. @throws input.other_file_there, and what writing throws */
export async function writeOutput(path: string, text: string, say: (line: string) => void): Promise<void> {
  await writeTextFile(path, text);
  say(`✓ ${toPrintable(path)}`);
}
