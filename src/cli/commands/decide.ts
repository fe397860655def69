import { relative } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { PatternPivotError } from '../../domain/errors.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Shift, Wish } from '../../recipes/decide.ts';
import { findNamed, listStale, openReviewFolder, type ReviewFolder } from '../../recipes/review-folder.ts';
import { describeDecision } from '../../recipes/review-snapshot.ts';
import { collectRange, parseCount } from '../parse-option.ts';
import {
  addCommonOptions,
  readConfig,
  withSession,
  type CommonOptions,
  type Session,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';
import { stampNow } from './review.ts';

type DecideFlags = CommonOptions & {
  readonly at?: TimeRange[];
  readonly instead?: boolean;
  readonly start?: Shift;
  readonly end?: Shift;
  readonly restore?: number;
  readonly word?: number;
  readonly render?: boolean;
};

/** `pivot pin`, `reject`, `trim`, `fix` and `undo`: what the page of `pivot review` does, by command. @returns by `done` the exit code */
export function addDecideCommands(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const add = (command: Command, read: (args: string[], flags: DecideFlags) => Promise<Asked>) => {
    command.option('--render', 'render what changed at once');
    addCommonOptions(command).action(async (...given: unknown[]) => {
      // Commander gives the arguments, then the options, then the command.
      const args = given.slice(0, -2).map(String);
      const flags = given.at(-2) as DecideFlags;
      const asked = await read(args, flags);
      done(await runDecision(asked, flags, shell));
    });
  };
  add(
    program
      .command('pin')
      .summary('keep a clip on every later make, or cut exactly this')
      .argument('<clip>', 'a clip, or with --at the folder: clips/talk')
      .option('--at <range>', 'like 12:30-13:05; may be repeated', collectRange)
      .addHelpText(
        'before',
        'pivot pin clips/talk/01-a.timeline.json\npivot pin clips/talk --at 12:30-13:05\n',
      ),
    async ([path = ''], { at = [] }) => {
      if (at.length === 0) return { ...(await nameClip(path)), wishes: (clip) => [{ kind: 'pin', clip }] };
      const { folder } = await findNamed(path);
      return { folder, clip: '', wishes: () => at.map((range): Wish => ({ kind: 'add', range })) };
    },
  );
  add(
    program
      .command('reject')
      .summary('a clip that should not come back')
      .argument('<clip>', 'clips/talk/01-a.timeline.json')
      .option('--instead', 'put another moment in its place')
      .addHelpText(
        'before',
        'pivot reject clips/talk/02-b.mp4\npivot reject clips/talk/02-b.mp4 --instead\n',
      ),
    async ([path = ''], { instead }) => ({
      ...(await nameClip(path)),
      wishes: (clip) => [{ kind: instead === true ? 'replace' : 'reject', clip }],
    }),
  );
  add(
    program
      .command('trim')
      .summary('move the start or the end of a clip')
      .argument('<clip>', 'clips/talk/01-a.timeline.json')
      .option('--start <shift>', 'by words or seconds: +1w, -2w, +0.3s', parseShift)
      .option('--end <shift>', 'the same for its end', parseShift)
      .option('--restore <n>', 'bring back cut n that tightening made', parseCount)
      .addHelpText(
        'before',
        'pivot trim clips/talk/01-a.mp4 --start +1w --end -0.5s\npivot trim clips/talk/01-a.mp4 --restore 3\n',
      ),
    async ([path = ''], flags) => ({ ...(await nameClip(path)), wishes: (clip) => readTrim(clip, flags) }),
  );
  add(
    program
      .command('fix')
      .summary('put a misheard word right, everywhere')
      .argument('<folder>', 'the clips of one source: clips/talk')
      .argument('<heard>', 'as it stands in transcript.json')
      .argument('<right>', 'what was said; "" removes it')
      .option('--word <n>', 'only word n of transcript.json, from 0', parseCount)
      .addHelpText(
        'before',
        'pivot fix clips/talk "grease hopper" "Grace Hopper"\npivot fix clips/talk there their --word 12\n',
      ),
    async ([path = '', heard = '', right = ''], { word }) => ({
      folder: (await findNamed(path)).folder,
      clip: '',
      wishes: (_clip, words) => {
        if (word === undefined) return [{ kind: 'fix', heard, right }];
        const atMs = words[word]?.startMs;
        if (atMs === undefined) {
          throw new PatternPivotError(
            'not_found.word',
            `There is no word ${word}: there are ${words.length}.`,
            {
              hint: 'Count the words of transcript.json from 0.',
            },
          );
        }
        return [{ kind: 'fix', heard, right, atMs }];
      },
    }),
  );
  add(
    program
      .command('undo')
      .summary('take the last decision about clips back')
      .argument('<folder>', 'the clips of one source: clips/talk'),
    async ([path = '']) => ({
      folder: (await findNamed(path)).folder,
      clip: '',
      wishes: () => [{ kind: 'undo' }],
    }),
  );
}

type Asked = {
  readonly folder: string;
  readonly clip: string;
  wishes(clip: string, words: readonly { readonly startMs: number }[]): readonly Wish[];
};

async function nameClip(path: string): Promise<{ folder: string; clip: string }> {
  const { folder, clip } = await findNamed(path);
  if (clip !== undefined) return { folder, clip };
  throw new PatternPivotError('input.no_clip', `This is the folder of all clips: ${path}`, {
    hint: 'Name one of them, like clips/talk/01-a.timeline.json.',
    context: { path },
  });
}

function readTrim(clip: string, { start, end, restore }: DecideFlags): readonly Wish[] {
  const isTrim = start !== undefined || end !== undefined;
  if (isTrim === (restore !== undefined)) {
    throw new PatternPivotError('input.nothing_to_trim', 'Say what to move: --start, --end, or --restore.', {
      hint: 'pivot trim <clip> --start +1w, or pivot trim <clip> --restore 1',
    });
  }
  if (restore !== undefined) return [{ kind: 'restore', clip, index: restore - 1 }];
  return [
    { kind: 'trim', clip, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
  ];
}

/** `+1w`, `-2w`, `+0.3s`, `-150ms`: later when positive. */
export function parseShift(text: string): Shift {
  const [, amount, unit] = /^([+-]?\d{1,6}(?:\.\d{1,3})?)(w|s|ms)$/u.exec(text.trim()) ?? [];
  const number = Number(amount);
  if (amount === undefined || number === 0 || (unit === 'w' && !Number.isInteger(number))) {
    throw new InvalidArgumentError('Write a shift like +1w, -2w or +0.3s.');
  }
  return unit === 'w' ? { words: number } : { ms: Math.round(number * (unit === 's' ? 1000 : 1)) };
}

async function runDecision(asked: Asked, flags: DecideFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  return withSession(shell, flags, config, async (session) => {
    const { app, context, say, paint } = session;
    const folder = await openReviewFolder(asked.folder, { ...app.ports, stamp: stampNow });
    const { view } = await folder.read();
    for (const wish of asked.wishes(asked.clip, view.transcript.words)) {
      const before = (await folder.read()).view;
      const { decision, now } = await folder.decide(wish, context);
      const undone =
        decision.kind === 'undo' ? before.effective.find(({ id }) => id === decision.detail.id) : undefined;
      const what =
        undone === undefined
          ? describeDecision(decision, now.view)
          : `took back: ${describeDecision(undone, before)}`;
      say(`${paint('green', '✓')} ${toPrintable(what)}`);
    }
    return finishDecision(folder, flags, session, shell);
  });
}

async function finishDecision(
  folder: ReviewFolder,
  flags: DecideFlags,
  { context, say, paint }: Session,
  shell: Shell,
): Promise<number> {
  const stale = await listStale(folder);
  if (flags.render !== true) {
    for (const clip of stale) say(`  ${toPrintable(clip.name)} is to be rendered`);
    const near = relative(shell.cwd, folder.path);
    if (stale.length > 0) {
      say(
        paint(
          'dim',
          `  --render does it, or R in pivot review ${toPrintable(near.startsWith('..') ? folder.path : near)}`,
        ),
      );
    }
    return 0;
  }
  let exitCode = 0;
  for (const { name } of stale) {
    const clip = await folder.render(name, context);
    if (clip.status === 'made') say(`${paint('green', '✓')} ${toPrintable(name)}`);
    else {
      exitCode = 5;
      say(`${paint('red', '✗')} ${toPrintable(`${name}: ${clip.problem ?? 'did not pass its check'}`)}`);
    }
  }
  return exitCode;
}
