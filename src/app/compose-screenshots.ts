import { createSeleniumScreenshots } from '../adapters/screenshots/selenium.ts';
import type { PageScreenshots } from '../ports/screenshots.ts';
import type { Config } from './config.ts';

/** What takes pictures of pages, by the configuration. Nothing is started before a page is asked for. */
export function composePageScreenshots(
  { screenshots }: Config,
  env: Readonly<Record<string, string | undefined>>,
): PageScreenshots {
  const { browser, binary, driver } = screenshots;
  return createSeleniumScreenshots({ browser, binary, driver, path: env['PATH'] });
}
