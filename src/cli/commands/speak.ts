import type { Command } from 'commander';
import { openVoice } from '../../app/compose-voice.ts';
import { openMeters } from '../../app/meters.ts';
import { voiceKinds } from '../../app/voice-config.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { readTextFile } from '../../recipes/read-text.ts';
import { speakText } from '../../recipes/speak.ts';
import { consentPhrase } from '../../stages/speak/consent.ts';
import { assertOutputPlace, writeTextFile } from '../output-file.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type FlagTable,
  type Shell,
} from '../run-command.ts';
import { formatDuration, toPrintable } from '../terminal.ts';

type SpeakFlags = CommonOptions & {
  readonly out: string;
  readonly words?: string;
  readonly file?: string;
  readonly force?: boolean;
};

const flagTable: FlagTable = {
  voice: { setting: 'voice.kind', flag: '--voice' },
  speaker: { setting: 'voice.name', flag: '--speaker' },
  reference: { setting: 'voice.reference', flag: '--reference' },
};

/** A script of an hour has some 60 kB. */
const mostFileBytes = 1_000_000;

/** `pivot speak`: a text as speech, and when each word is heard. @returns by `done` the exit code */
export function addSpeakCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('speak')
    .summary('speak a text into a WAV, with the time of each word')
    .argument('[text]', 'what to say')
    .requiredOption('--out <file>', 'the WAV that it goes into')
    .option('--file <file>', 'take the text from there')
    .option('--words <file>', 'write sentences and words with their times there, as JSON')
    .option('--voice <kind>', `${voiceKinds.join(', ')} (voice.kind)`)
    .option('--speaker <name>', 'which of its voices (voice.name)')
    .option('--reference <file>', 'clone the voice of this recording, on a Coqui server')
    .option('--force', 'speak it anew, though it was spoken before')
    .option('--json', 'what --words writes, to standard output');
  addCommonOptions(command)
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot speak "Most people decide in three seconds." --out a.wav --words a.json\npivot speak --file script.txt --speaker rms --out b.wav\n',
    )
    .addHelpText(
      'after',
      `\nA voice is cloned only from a recording in which its owner says, in English:\n"${consentPhrase.replace('. ', '.\n')}"\nMore voices, and their terms: docs/voices.md`,
    )
    .action(async (text: string | undefined, flags: SpeakFlags) => done(await runSpeak(text, flags, shell)));
}

async function runSpeak(given: string | undefined, flags: SpeakFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags, flags, flagTable);
  if (!/\.wav$/iu.test(flags.out)) {
    throw new PatternPivotError('input.other_format', `Speech is written as WAV, not as that: ${flags.out}`, {
      hint: 'Let --out end in .wav.',
      context: { path: flags.out },
    });
  }
  if ((given === undefined) === (flags.file === undefined)) {
    throw new PatternPivotError('input.no_text', 'Say what to speak: a text, or --file with one.', {
      hint: 'pivot speak "Hello." --out a.wav',
    });
  }
  const text = given ?? (await readTextFile(flags.file ?? '', { maxBytes: mostFileBytes }));
  await assertOutputPlace(flags.out, 'wav');
  if (flags.words !== undefined) await assertOutputPlace(flags.words, 'text');
  const { json, ...quietly } = flags;
  return withSession(shell, quietly, config, async ({ app, context, say, paint }) => {
    const meters = openMeters({ config, env: shell.env });
    const { meterAt } = meters;
    const { signal } = context;
    try {
      const spoken = await speakText(
        { text, path: flags.out },
        {
          ...app.ports,
          openVoice: () => openVoice({ config, env: shell.env, ports: app.ports, signal, meterAt }),
        },
        context,
      );
      const document = `${JSON.stringify(spoken, undefined, 2)}\n`;
      if (flags.words !== undefined) await writeTextFile(flags.words, document);
      if (json === true) await print(shell, document);
      const how = `${formatDuration(spoken.durationMs)}, ${spoken.provenance.madeBy}, ${spoken.provenance.licence}`;
      say(`${paint('green', '✓')} ${toPrintable(flags.out)}  ${paint('dim', toPrintable(how))}`);
      return 0;
    } finally {
      await meters.close();
    }
  });
}
