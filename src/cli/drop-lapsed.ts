import type { Config } from '../app/config.ts';
import { purgeLapsed } from '../app/youtube-sign-out.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Library } from '../recipes/library/library.ts';
import type { Shell } from './run-command.ts';
import { toPrintable } from './terminal.ts';

/**
 * Deletes from an open library what must be gone because an owner's access ended a week ago, and says so: YouTube API Services Developer
 * Policies, III.E.4. What is wrong with the credentials is for the commands that need them to say.
 */
export async function dropLapsed(
  shell: Shell,
  config: Config,
  library: Library,
  complain: (text: string) => void,
): Promise<void> {
  if (!library.isWritable) return;
  const { env, signal } = shell;
  try {
    for (const { signedIn, deletedCount } of await purgeLapsed({
      config,
      env,
      records: library.records,
      signal,
    })) {
      complain(
        `! YouTube has not accepted the sign-in of ${toPrintable(signedIn.channelTitle)} for a week: ` +
          `${deletedCount.toLocaleString('en-US')} records that were fetched with it were deleted.`,
      );
    }
  } catch (error) {
    const isAboutThem =
      error instanceof PatternPivotError && /\.credentials_|\.no_permission$/u.test(error.code);
    if (!isAboutThem) throw error;
  }
}
