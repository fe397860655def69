import { InvalidArgumentError, Option, type Command } from 'commander';
import { openMusic } from '../../app/compose-music.ts';
import { openMeters } from '../../app/meters.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import {
  musicMoods,
  pitchClasses,
  type MusicKey,
  type MusicMeasures,
  type MusicMood,
} from '../../domain/music.ts';
import { listenTo, makeMusic } from '../../recipes/music.ts';
import { assertOutputPlace } from '../output-file.ts';
import { parseCount, parseTime } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Session,
  type Shell,
} from '../run-command.ts';
import { formatDuration, toPrintable } from '../terminal.ts';

type MusicFlags = CommonOptions & {
  readonly out: string;
  readonly length: number;
  readonly mood: MusicMood;
  readonly seed: number;
  readonly tempo?: number;
  readonly key?: MusicKey;
  readonly energy?: number[];
  readonly prompt?: string;
  readonly like?: string;
};

/** `pivot music` and `pivot listen`: new music, and what can be measured of any. @returns by `done` the exit code */
export function addMusicCommands(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const making = program
    .command('music')
    .summary('write new music into a WAV')
    .requiredOption('--out <file>', 'the WAV that it goes into')
    .option('--length <time>', 'how long, 45 or 1:30 (default: 40)', parseLength, 40_000)
    .addOption(
      new Option('--mood <mood>', `${musicMoods.join(', ')} (default: calm)`)
        .choices(musicMoods)
        .default('calm'),
    )
    .option('--seed <n>', 'another is other music (default: 1)', parseCount, 1)
    .option('--tempo <bpm>', 'beats a minute, 40 to 220 (default: as the mood has)', parseTempo)
    .option('--key <key>', 'such as "A minor" or "F# major" (default: as the mood has)', parseKey)
    .option('--energy <course>', 'how full from beginning to end: 0.3,0.8,0.5,1', parseEnergy)
    .option('--like <file>', "take a recording's tempo, key and course")
    .option('--prompt <words>', 'for a model that reads words')
    .option('--json', 'what was made, as JSON');
  addCommonOptions(making)
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot music --length 40 --mood calm --seed 3 --out a.wav\npivot music --mood driving --tempo 124 --key "A minor" --out b.wav\n',
    )
    .addHelpText(
      'after',
      '\nThe same options give the same music. By default it is written in notes and played on sounds\nthat come with the program, and is yours; music.kind takes a MusicGen model. docs/music.md',
    )
    .action(async (flags: MusicFlags) => done(await runMusic(flags, shell)));

  const listening = program
    .command('listen')
    .summary('tempo, key, energy and beats of a recording')
    .argument('<file>', 'any sound or video')
    .option('--json', 'all of it, each beat too, as JSON');
  addCommonOptions(listening)
    .addHelpText('before', 'pivot listen a.wav\npivot listen concert.mp4 --json\n')
    .action(async (file: string, flags: CommonOptions) => done(await runListen(file, flags, shell)));
}

function parseLength(text: string): number {
  const lengthMs = parseTime(text);
  if (lengthMs < 1000 || lengthMs > 600_000) throw new InvalidArgumentError('Write 1 second to 10 minutes.');
  return lengthMs;
}

function parseTempo(text: string): number {
  const bpm = /^\d{1,3}(?:\.\d{1,3})?$/u.test(text) ? Number(text) : 0;
  if (bpm < 40 || bpm > 220) throw new InvalidArgumentError('Write 40 to 220 beats a minute.');
  return bpm;
}

const flats: Readonly<Record<string, MusicKey['tonic']>> = {
  Db: 'C#',
  Eb: 'D#',
  Gb: 'F#',
  Ab: 'G#',
  Bb: 'A#',
};

function parseKey(text: string): MusicKey {
  const [, letter = '', sign = '', mode = ''] =
    /^\s*([A-Ga-g])([#b♯♭]?)\s*(major|minor|maj|min|m)?\s*$/u.exec(text) ?? [];
  const name = `${letter.toUpperCase()}${sign.replace('♯', '#').replace('♭', 'b')}`;
  const tonic = flats[name] ?? pitchClasses.find((pitchClass) => pitchClass === name);
  if (tonic === undefined) throw new InvalidArgumentError('Write a key like "A minor" or "F# major".');
  return { tonic, mode: /^m(?:in(?:or)?)?$/u.test(mode) ? 'minor' : 'major' };
}

function parseEnergy(text: string): number[] {
  const values = text
    .split(',')
    .map((part) => (/^\s*(?:0|1|[01]?\.\d{1,3})\s*$/u.test(part) ? Number(part) : 2));
  if (values.length > 1000 || values.some((value) => value > 1)) {
    throw new InvalidArgumentError('Write values from 0 to 1, such as 0.3,0.8,0.5,1.');
  }
  return values;
}

async function runMusic(flags: MusicFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  if (!/\.wav$/iu.test(flags.out)) {
    throw new PatternPivotError('input.other_format', `Music is written as WAV, not as that: ${flags.out}`, {
      hint: 'Let --out end in .wav.',
      context: { path: flags.out },
    });
  }
  await assertOutputPlace(flags.out, 'wav');
  const { json, ...quietly } = flags;
  return withSession(shell, quietly, config, async ({ context, say, paint }) => {
    const meters = openMeters({ config, env: shell.env });
    try {
      const made = await makeMusic(
        {
          path: flags.out,
          durationMs: flags.length,
          seed: flags.seed,
          mood: flags.mood,
          tempoBpm: flags.tempo,
          key: flags.key,
          energy: flags.energy,
          prompt: flags.prompt,
          like: flags.like,
        },
        { openMusic: () => openMusic({ config, env: shell.env, meterAt: meters.meterAt }) },
        context,
      );
      if (json === true) await print(shell, `${JSON.stringify(made, undefined, 2)}\n`);
      const { brief } = made;
      const what = `${formatDuration(brief.durationMs)}, ${brief.mood}, ${Math.round(brief.tempoBpm)} beats a minute, ${nameKey(brief.key)}`;
      say(`${paint('green', '✓')} ${toPrintable(made.path)}  ${paint('dim', what)}`);
      return 0;
    } finally {
      await meters.close();
    }
  });
}

async function runListen(file: string, flags: CommonOptions, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { json, ...quietly } = flags;
  return withSession(shell, quietly, config, async ({ context, paint }) => {
    const measures = await listenTo(file, context);
    await print(
      shell,
      json === true ? `${JSON.stringify(measures, undefined, 2)}\n` : describeMeasures(measures, paint),
    );
    return 0;
  });
}

const nameKey = ({ tonic, mode }: MusicKey) => `${tonic} ${mode}`;

const bars = '▁▂▃▄▅▆▇█';

/** The energy is drawn no wider than this, in letters. */
const drawnWidth = 60;

function describeMeasures(measures: MusicMeasures, paint: Session['paint']): string {
  const sure = (confidence: number) =>
    paint('dim', confidence >= 0.7 ? 'clear' : confidence >= 0.3 ? 'likely' : 'hardly to be heard');
  const { energy } = measures;
  const columns = Math.min(drawnWidth, energy.length);
  const drawn = Array.from({ length: columns }, (_, index) => {
    const value = energy[Math.floor(((index + 0.5) * energy.length) / columns)] ?? 0;
    return bars[Math.min(bars.length - 1, Math.floor(value * bars.length))];
  }).join('');
  return [
    `tempo   ${measures.tempoBpm.toFixed(1)} beats a minute  ${sure(measures.tempoConfidence)}`,
    `key     ${nameKey(measures.key)}  ${sure(measures.keyConfidence)}`,
    `beats   ${measures.beatsMs.length}`,
    `energy  ${drawn}`,
    '',
  ].join('\n');
}
