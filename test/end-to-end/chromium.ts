import { existsSync } from 'node:fs';

/** Where Chromium usually is. */
const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
];

/** A Chromium on this machine: `PATTERNPIVOT_CHROMIUM`, or where one usually is. None is ever downloaded. */
export function findChromium(): string | undefined {
  const named = process.env['PATTERNPIVOT_CHROMIUM'];
  return [...(named === undefined ? [] : [named]), ...usualPlaces].find((path) => existsSync(path));
}

/** The driver of that Chromium: `PATTERNPIVOT_CHROMEDRIVER`, or where one usually is. */
export function findChromedriver(): string | undefined {
  const named = process.env['PATTERNPIVOT_CHROMEDRIVER'];
  const places = [
    '/usr/bin/chromedriver',
    '/usr/lib/chromium/chromedriver',
    '/opt/homebrew/bin/chromedriver',
  ];
  return [...(named === undefined ? [] : [named]), ...places].find((path) => existsSync(path));
}
