import { once } from 'node:events';
import type { Command } from 'commander';
import { compose, type App } from '../app/compose.ts';
import { loadConfig, type FlagSetting } from '../app/load-config.ts';
import type { Config } from '../app/config.ts';
import type { RecipeContext, RecipeEvent } from '../recipes/events.ts';
import { createProgressView } from './progress.ts';
import { createPaint, toPrintable, type Output, type Paint } from './terminal.ts';

/** What the shell gives the program. */
export type Shell = {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** Options that many commands have. */
export type CommonOptions = { readonly config?: string; readonly quiet?: boolean; readonly json?: boolean };

/** Which flag of a command sets which setting. */
export type FlagTable = Readonly<Record<string, { readonly setting: string; readonly flag: string }>>;

/** What a command works with. */
export type Session = {
  readonly app: App;
  readonly config: Config;
  readonly context: RecipeContext;
  readonly paint: Paint;
  /** Writes a line for a person to the error stream, unless they want quiet. */
  say(text: string): void;
  /** Writes a line about what went wrong, quiet or not. */
  complain(text: string): void;
};

/** Reads the configuration that holds for a command, and warns of what sets nothing. */
export async function readConfig(
  shell: Shell,
  options: CommonOptions,
  values: Readonly<Record<string, unknown>> = {},
  table: FlagTable = {},
): Promise<Config> {
  const flags = Object.entries(table).flatMap(([option, { setting, flag }]): FlagSetting[] =>
    values[option] === undefined ? [] : [{ name: setting, value: values[option], flag }],
  );
  const loaded = await loadConfig({
    cwd: shell.cwd,
    env: shell.env,
    flags,
    ...(options.config === undefined ? {} : { path: options.config }),
  });
  if (options.quiet !== true) {
    for (const warning of loaded.warnings) shell.stderr.write(`! ${toPrintable(warning)}\n`);
  }
  return loaded.config;
}

/** Runs a command with everything put together, and lets it all go afterwards, however it ends. */
export async function withSession<T>(
  shell: Shell,
  options: CommonOptions & { readonly force?: boolean },
  config: Config,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const paint = createPaint(shell.stderr, shell.env);
  const silent: Output = { write: () => true };
  const view = createProgressView(options.quiet === true ? silent : shell.stderr, paint);
  const app = await compose({ config, env: shell.env, isForced: options.force === true });
  const emit = (event: RecipeEvent) => {
    if (options.json === true) shell.stdout.write(`${JSON.stringify(event)}\n`);
    view.show(event);
  };
  const complain = (text: string) => {
    view.clear();
    shell.stderr.write(`${text}\n`);
  };
  const say = (text: string) => {
    if (options.quiet !== true) complain(text);
  };
  try {
    return await run({ app, config, context: { signal: shell.signal, emit }, paint, say, complain });
  } finally {
    view.clear();
    await app.close();
  }
}

/** Writes to standard output and waits until it is taken: a pipe may be slow. */
export async function print(shell: Shell, text: string): Promise<void> {
  if (!shell.stdout.write(text)) await once(shell.stdout, 'drain');
}

/** Adds the options that every command with a recipe has. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', 'default: the nearest pivot.config.json')
    .option('--quiet', 'say nothing but errors');
}
