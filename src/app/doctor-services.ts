import { findBrowser } from '../adapters/screenshots/find-browser.ts';
import { toErrorRecord } from '../domain/errors.ts';
import { openRecords } from './compose-records.ts';
import type { Config } from './config.ts';
import { listSignedIn } from './youtube-credentials.ts';

/** What was seen of something that the program can do without. */
type Examined = { readonly status: 'works' | 'poor' | 'off'; readonly text: string; readonly hint?: string };

type Env = Readonly<Record<string, string | undefined>>;

/** Looks for the browser and driver that pages are opened with, without starting them. */
export async function examineBrowser(
  { screenshots }: Pick<Config, 'screenshots'>,
  env: Env,
): Promise<Examined> {
  const { browser: kind, binary, driver } = screenshots;
  try {
    const found = await findBrowser({ kind, binary, driver, path: env['PATH'] });
    return { status: 'works', text: `${found.binary}, driven by ${found.driver}` };
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    const isNamed = binary !== undefined || driver !== undefined;
    return { status: isNamed ? 'poor' : 'off', text: message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** Looks at where records are kept, by asking a server for one. */
export async function examineRecords(config: Config, env: Env): Promise<Examined> {
  const { kind } = config.records;
  if (kind === 'sqlite') return { status: 'works', text: 'a SQLite file in the library' };
  try {
    const { records } = await openRecords({ config, env, kind, folder: '' });
    try {
      await records.list('assets', { limit: 1 });
      return { status: 'works', text: kind };
    } finally {
      await records.close();
    }
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return {
      status: 'poor',
      text: message,
      hint: hint ?? 'Check the settings under records (docs/records.md).',
    };
  }
}

/** Tells by which right YouTube would be asked. Nothing is asked: that costs units. */
export async function examineYouTube(config: Pick<Config, 'youtube'>, env: Env): Promise<Examined> {
  try {
    const signedIn = await listSignedIn({ config, env });
    const good = signedIn.filter(({ refusedAt }) => refusedAt === undefined);
    const hasKey = (env['PATTERNPIVOT_YOUTUBE_API_KEY'] ?? '').trim() !== '';
    const rights = [...good.map(({ channelTitle }) => channelTitle), ...(hasKey ? ['an API key'] : [])];
    if (rights.length > 0) return { status: 'works', text: rights.join(', ') };
    return { status: 'off', text: 'no API key and nobody signed in: pivot sync needs one of the two' };
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return { status: 'poor', text: message, ...(hint === undefined ? {} : { hint }) };
  }
}
