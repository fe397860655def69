import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';

/** A browser and its driver on this machine. */
export type FoundBrowser = { readonly binary: string; readonly driver: string };

type Kind = 'chromium' | 'firefox';

/** What they are called, the better known first. */
const names: Readonly<
  Record<Kind, { readonly binary: readonly string[]; readonly driver: readonly string[] }>
> = {
  chromium: {
    binary: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe'],
    driver: ['chromedriver', 'chromium.chromedriver', 'chromedriver.exe'],
  },
  firefox: {
    binary: ['firefox', 'firefox-esr', 'firefox.exe'],
    driver: ['geckodriver', 'geckodriver.exe'],
  },
};

/** Where they are beside the folders of `PATH`. */
const places: Readonly<Record<Kind, readonly string[]>> = {
  chromium: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
  ],
  firefox: [
    '/usr/bin/firefox',
    '/usr/bin/firefox-esr',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    String.raw`C:\Program Files\Mozilla Firefox\firefox.exe`,
  ],
};

const driverPlaces = ['/usr/bin', '/usr/local/bin', '/usr/lib/chromium', '/opt/homebrew/bin', '/snap/bin'];

/**
 * Finds a browser and its driver: those that are named, else where they usually are. None is ever downloaded.
 * @throws not_found.browser, not_found.browser_driver
 */
export async function findBrowser(options: {
  readonly kind: Kind;
  readonly binary: string | undefined;
  readonly driver: string | undefined;
  readonly path: string | undefined;
}): Promise<FoundBrowser> {
  const { kind } = options;
  const folders = (options.path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const among = (folderList: readonly string[], wanted: readonly string[]) =>
    folderList.flatMap((folder) => wanted.map((name) => join(folder, name)));
  const binary = await first(
    options.binary === undefined
      ? [...among(folders, names[kind].binary), ...places[kind]]
      : [options.binary],
  );
  if (binary === undefined) throw missing('browser', options);
  const driver = await first(
    options.driver === undefined
      ? among([...folders, ...driverPlaces], names[kind].driver)
      : [options.driver],
  );
  if (driver === undefined) throw missing('driver', options);
  return { binary, driver };
}

async function first(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

function missing(
  what: 'browser' | 'driver',
  { kind, binary, driver }: { kind: Kind; binary: string | undefined; driver: string | undefined },
): PatternPivotError {
  const named = what === 'browser' ? binary : driver;
  const title = kind === 'chromium' ? 'Chromium' : 'Firefox';
  const program = what === 'browser' ? title : kind === 'chromium' ? 'chromedriver' : 'geckodriver';
  const packages =
    kind === 'chromium' ? 'chromium chromium-driver' : 'firefox-esr, and geckodriver from Mozilla';
  const setting = what === 'browser' ? 'screenshots.binary' : 'screenshots.driver';
  return new PatternPivotError(
    what === 'browser' ? 'not_found.browser' : 'not_found.browser_driver',
    named === undefined
      ? `A page is opened in ${title}, and there is no ${program} on this machine.`
      : `There is no program that can be started: ${named}`,
    {
      hint:
        named === undefined
          ? `Install ${packages}, or name what you have: ${setting}. A picture of a file needs no browser.`
          : `Mend the setting ${setting}.`,
      context: { kind, named },
    },
  );
}
