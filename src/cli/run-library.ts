import type { Command } from 'commander';
import type { Config } from '../app/config.ts';
import { openLibrary } from '../app/library.ts';
import { dropLapsed } from './drop-lapsed.ts';
import type { Library } from '../recipes/library/library.ts';
import {
  addCommonOptions,
  readConfig,
  withSession,
  type CommonOptions,
  type FlagTable,
  type Session,
  type Shell,
} from './run-command.ts';

/** Options that every command on a library has. */
export type LibraryOptions = CommonOptions & { readonly library?: string };

/** What a command on a library works with. */
export type LibrarySession = Session & { readonly library: Library };

/** Which flags set settings, on every command on a library. */
const libraryFlags: FlagTable = { library: { setting: 'library.folder', flag: '--library' } };

/** Adds the options that every command on a library has. */
export function addLibraryOptions(command: Command): Command {
  return addCommonOptions(
    command.option('--library <folder>', 'which library (default: the one in your data folder)'),
  );
}

/** Reads the configuration of a command on a library; `table` says which of its other flags set settings. */
export function readLibraryConfig(
  shell: Shell,
  options: LibraryOptions,
  values: Readonly<Record<string, unknown>> = {},
  table: FlagTable = {},
): Promise<Config> {
  return readConfig(shell, options, { ...values, library: options.library }, { ...table, ...libraryFlags });
}

/**
 * Runs a command with everything put together and the library open, and lets it all go afterwards, however it ends. `mayCreate`: a library
 * that is not there is made. @throws not_found.library and what opening throws
 */
export function withLibrary<T>(
  shell: Shell,
  options: LibraryOptions & { readonly force?: boolean; readonly mayCreate?: boolean },
  config: Config,
  run: (session: LibrarySession) => Promise<T>,
): Promise<T> {
  return withSession(shell, options, config, async (session) => {
    const library = await openLibrary({ config, env: shell.env, mayCreate: options.mayCreate === true });
    try {
      await dropLapsed(shell, config, library, session.complain);
      return await run({ ...session, library });
    } finally {
      await library.close();
    }
  });
}
