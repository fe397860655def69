import { InvalidArgumentError, type Command } from 'commander';
import { openLedger } from '../../app/compose-ledger.ts';
import type { Config } from '../../app/config.ts';
import { openLibrary } from '../../app/library.ts';
import {
  allowableNames,
  listSignedIn,
  type SignedIn,
  type YouTubeScopeName,
} from '../../app/youtube-credentials.ts';
import { purgeDueAt, signOut } from '../../app/youtube-sign-out.ts';
import { PatternPivotError, toErrorRecord } from '../../domain/errors.ts';
import { countOwnerRecords } from '../../recipes/youtube/purge.ts';
import { askYesOrNo } from '../ask-question.ts';
import { openBrowser } from '../open-browser.ts';
import { addCommonOptions, print, readConfig, type CommonOptions, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, type LibraryOptions } from '../run-library.ts';
import { createPaint, toPrintable } from '../terminal.ts';

type LoginFlags = CommonOptions & {
  readonly device?: boolean;
  readonly allow?: YouTubeScopeName[];
  readonly open?: boolean;
};
type LogoutFlags = LibraryOptions & { readonly yes?: boolean; readonly local?: boolean };
type StatusFlags = CommonOptions & { readonly offline?: boolean };

/** `pivot auth`: signing in to YouTube as the owner of a channel, and out. @returns by `done` the exit code */
export function addAuthCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const auth = program
    .command('auth')
    .summary('sign in to YouTube as the owner of a channel, and out')
    .helpCommand(false)
    .addHelpText(
      'before',
      'pivot auth login              in your browser\npivot auth status\npivot auth logout             and delete what was fetched\n',
    );

  const login = auth
    .command('login')
    .summary('let PatternPivot see your channel; it asks for no more than that')
    .option('--device', 'where there is no browser: type a code on another device')
    .option(
      `--allow <what>`,
      `more than to see it: ${allowableNames.join(', ')}; may be repeated`,
      collectAllowed,
    )
    .option('--no-open', 'only print the address of the page of consent')
    .option('--json', 'who signed in, as JSON');
  addCommonOptions(login)
    .addHelpText(
      'before',
      'pivot auth login\npivot auth login --allow analytics\npivot auth login --device\n',
    )
    .action(async (flags: LoginFlags) => done(await runLogin(flags, shell)));

  const status = auth
    .command('status')
    .summary('who signed in, what they allowed, and whether it still holds')
    .option('--offline', 'ask no server')
    .option('--json', 'as JSON');
  addCommonOptions(status)
    .addHelpText('before', 'pivot auth status\npivot auth status --offline --json\n')
    .action(async (flags: StatusFlags) => done(await runStatus(flags, shell)));

  const logout = auth
    .command('logout')
    .summary('take access back, and delete what was fetched with it')
    .argument('[channel]', 'the id of a channel; else everybody who signed in')
    .option('--yes', 'do not ask')
    .option('--local', 'ask no server: only forget and delete here')
    .option('--json', 'what was done, as JSON');
  addLibraryOptions(logout)
    .addHelpText('before', 'pivot auth logout\npivot auth logout UCX6OQ3DkcsbYNE6H8uQQuVA --yes\n')
    .action(async (channel: string | undefined, flags: LogoutFlags) =>
      done(await runLogout(channel, flags, shell)),
    );
}

function collectAllowed(text: string, before: readonly YouTubeScopeName[] = []): YouTubeScopeName[] {
  const name = allowableNames.find((known) => known === text);
  if (name === undefined) throw new InvalidArgumentError(`Write one of ${allowableNames.join(', ')}.`);
  return [...before, name];
}

function speak(shell: Shell, { quiet }: CommonOptions) {
  return {
    paint: createPaint(shell.stderr, shell.env),
    say: (text: string) => {
      if (quiet !== true) shell.stderr.write(`${text}\n`);
    },
  };
}

async function runLogin(flags: LoginFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { env, signal } = shell;
  const { paint, say } = speak(shell, flags);
  // What has to be read to sign in is shown even to those who want quiet.
  const tell = (text: string) => shell.stderr.write(`${text}\n`);
  // Loaded only here: Google's client takes a while, and most commands need none.
  const { signIn } = await import('../../app/youtube-sign-in.ts');
  const ledger = openLedger({ config, env });
  try {
    const signedIn = await signIn({
      config,
      env,
      ledger,
      signal,
      allow: flags.allow ?? [],
      ask:
        flags.device === true
          ? {
              by: 'device',
              show: ({ address, userCode, expiresInSeconds }) => {
                tell(
                  `${paint('green', '●')} Open ${paint('bold', toPrintable(address))} on any device, and type ${paint('bold', toPrintable(userCode))}`,
                );
                say(
                  paint(
                    'dim',
                    `  The code is good for ${Math.round(expiresInSeconds / 60)} min. Ctrl-C ends it.`,
                  ),
                );
              },
            }
          : {
              by: 'browser',
              show: (address) => {
                tell(`${paint('green', '●')} Allow access in your browser: ${toPrintable(address)}`);
                say(
                  paint(
                    'dim',
                    '  Waiting for five minutes; Ctrl-C ends it. No browser on this machine? pivot auth login --device',
                  ),
                );
                if (flags.open !== false) openBrowser(address);
              },
            },
    });
    if (flags.json === true) await print(shell, `${JSON.stringify(signedIn, undefined, 2)}\n`);
    say(
      `${paint('green', '✓')} ${nameOf(signedIn)} is signed in; it allowed: ${signedIn.allowed.map(toPrintable).join(', ')}.`,
    );
    say(`  ${paint('dim', `Next: pivot sync ${signedIn.channelId}`)}`);
    return 0;
  } finally {
    await ledger.close();
  }
}

type Status = SignedIn & {
  /** Why it could not be checked; left out where it was. */
  readonly problem?: string;
  readonly purgeDueAt?: string | undefined;
};

async function runStatus(flags: StatusFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { env } = shell;
  const statuses: Status[] = [];
  for (const signedIn of await listSignedIn({ config, env })) {
    shell.signal.throwIfAborted();
    statuses.push(flags.offline === true ? withDue(signedIn) : await check(signedIn, config, env));
  }
  const hasKey = (env['PATTERNPIVOT_YOUTUBE_API_KEY'] ?? '').trim() !== '';
  if (flags.json === true) {
    const document = { hasApiKey: hasKey, clientId: config.youtube.clientId, signedIn: statuses };
    await print(shell, `${JSON.stringify(document, undefined, 2)}\n`);
    return 0;
  }
  const paint = createPaint(shell.stdout, env);
  const [good, off] = [paint('green', '✓'), paint('dim', '–')];
  const lines = [
    hasKey
      ? `${good} API key: set`
      : `${off} API key: none (PATTERNPIVOT_YOUTUBE_API_KEY); needed for public data`,
    config.youtube.clientId === undefined
      ? `${off} OAuth client: none (youtube.clientId); needed to sign in`
      : `${good} OAuth client: ${toPrintable(config.youtube.clientId)}`,
    ...(statuses.length === 0 ? [`${off} Nobody has signed in: pivot auth login`] : []),
    ...statuses.flatMap((status) => describeStatus(status, paint)),
  ];
  await print(shell, `${lines.join('\n')}\n`);
  return 0;
}

function withDue(signedIn: SignedIn): Status {
  const due = purgeDueAt(signedIn);
  return due === undefined ? signedIn : Object.assign({ purgeDueAt: due }, signedIn);
}

async function check(signedIn: SignedIn, config: Config, env: Shell['env']): Promise<Status> {
  if (signedIn.refusedAt !== undefined) return withDue(signedIn);
  try {
    const { checkSignIn } = await import('../../app/youtube-sign-in.ts');
    return withDue((await checkSignIn({ config, env }, signedIn.channelId)) ?? signedIn);
  } catch (error) {
    const { message } = toErrorRecord(error);
    return Object.assign({ problem: message }, signedIn);
  }
}

function describeStatus(status: Status, paint: ReturnType<typeof createPaint>): string[] {
  const { refusedAt, signedInAt, checkedAt, problem, purgeDueAt: due } = status;
  const allowed = status.allowed.map(toPrintable).join(', ');
  const day = (moment: string) => moment.slice(0, 10);
  if (refusedAt !== undefined) {
    return [
      `${paint('red', '✗')} ${nameOf(status)}: not accepted any more since ${day(refusedAt)}. Sign in again: pivot auth login`,
      `  What was fetched with it is deleted after ${day(due ?? refusedAt)}; at once with pivot auth logout ${status.channelId}`,
    ];
  }
  const first = `${nameOf(status)}: signed in since ${day(signedInAt)}, allowed: ${allowed}`;
  if (problem === undefined) return [`${paint('green', '✓')} ${first}`];
  return [`${paint('yellow', '!')} ${first}`, `  Last checked on ${day(checkedAt)}. ${toPrintable(problem)}`];
}

async function runLogout(named: string | undefined, flags: LogoutFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const { env, signal } = shell;
  const { paint, say } = speak(shell, flags);
  const library = await openLibraryIfThere(config, env, flags);
  const records = library?.records;
  try {
    const counts =
      records === undefined ? new Map<string, number>() : await countOwnerRecords(records, signal);
    const signedIn = await listSignedIn({ config, env });
    const known = new Set([...signedIn.map(({ channelId }) => channelId), ...counts.keys()]);
    const channelIds = [...known].filter((channelId) => named === undefined || channelId === named);
    if (channelIds.length === 0) {
      if (named !== undefined) throw nobody(named, known);
      if (flags.json === true) await print(shell, '[]\n');
      say('Nobody is signed in, and nothing here was fetched with an authorisation.');
      return 0;
    }
    for (const channelId of channelIds) {
      const whose = signedIn.find((each) => each.channelId === channelId);
      const count = counts.get(channelId) ?? 0;
      const access =
        whose === undefined
          ? 'nobody is signed in'
          : flags.local === true
            ? 'the sign-in is forgotten here'
            : 'access is taken back';
      const deleted =
        library === undefined
          ? 'there is no library here, so nothing is deleted'
          : `${formatCount(count)} fetched with it will be deleted from ${toPrintable(library.folder)}`;
      const who = whose === undefined ? toPrintable(channelId) : nameOf(whose);
      shell.stderr.write(`${who}: ${access}, and ${deleted}\n`);
    }
    if (
      flags.yes !== true &&
      !(await askYesOrNo(shell, library === undefined ? 'Sign out?' : 'Sign out, and delete for good?'))
    ) {
      say('Nothing was changed.');
      return 0;
    }
    const done: { channelId: string; deletedRecords: number; isRevoked: boolean }[] = [];
    for (const channelId of channelIds) {
      const isSignedIn = signedIn.some((each) => each.channelId === channelId);
      const isLocal = flags.local === true || !isSignedIn;
      const deletedRecords = await signOut({ config, env, records, signal }, channelId, {
        isLocal,
      });
      done.push({ channelId, deletedRecords, isRevoked: !isLocal });
      say(
        `${paint('green', '✓')} ${toPrintable(channelId)} is signed out; ${formatCount(deletedRecords)} deleted.`,
      );
    }
    if (flags.json === true) await print(shell, `${JSON.stringify(done, undefined, 2)}\n`);
    if (flags.local === true)
      say(paint('dim', '  Take access back at https://myaccount.google.com/permissions too.'));
    say(paint('dim', '  Other libraries: pivot auth logout --library <folder>'));
    return 0;
  } finally {
    await library?.close();
  }
}

/** A library that was named on the command line must be there; another that is not has nothing to delete. */
async function openLibraryIfThere(config: Config, env: Shell['env'], { library }: LogoutFlags) {
  try {
    return await openLibrary({ config, env, mayCreate: false });
  } catch (error) {
    const isMissing = error instanceof PatternPivotError && error.code === 'not_found.library';
    if (!isMissing || library !== undefined) throw error;
    return undefined;
  }
}

function formatCount(count: number): string {
  return `${count.toLocaleString('en-US')} record${count === 1 ? '' : 's'}`;
}

function nobody(named: string, known: ReadonlySet<string>): PatternPivotError {
  return new PatternPivotError('not_found.sign_in', `Nobody is signed in for ${named.slice(0, 100)}.`, {
    hint: known.size === 0 ? 'Nobody is signed in at all.' : `There are: ${[...known].join(', ')}`,
  });
}

function nameOf({ channelTitle, channelId }: SignedIn): string {
  return `${toPrintable(channelTitle)} (${toPrintable(channelId)})`;
}
