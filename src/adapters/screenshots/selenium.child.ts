import { lookup } from 'node:dns/promises';
import { rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { error as seleniumError } from 'selenium-webdriver';
import { PatternPivotError } from '../../domain/errors.ts';
import { describeMediaAddress, parseMediaAddress } from '../../domain/media-address.ts';
import { isPublicAddress } from '../../domain/public-address.ts';
import { serveParent, type MethodContext } from '../../process/child.ts';
import {
  startBrowser,
  type BrowserEnding,
  type BrowserOptions,
  type BrowserSession,
} from './browser-session.ts';
import { startGuardProxy, type GuardProxy } from './guard-proxy.ts';
import { findPlayer, showTime, type PlayerContext } from './page-player.ts';
import type { ChildEvent, OpenReply, OpenRequest, ShootReply } from './selenium.ts';

/** The child that holds the browser: whatever happens to us or to our parent, the browser ends, and its profile is removed. */

/** What a page that does not answer at all is given beyond what its user waits, in ms. */
const graceMs = 20_000;

/** How long a browser may take to end by itself, in ms. */
const quitMs = 1500;

let options: Omit<BrowserOptions, 'proxyHost'> | undefined;
let proxy: GuardProxy | undefined;
let session: BrowserSession | undefined;
let ending: BrowserEnding | undefined;
let request: OpenRequest | undefined;
let player: PlayerContext | undefined;

// Before `serveParent`, whose listener ends the process.
process.on('disconnect', () => {
  ending?.kill();
  if (options === undefined) return;
  // Processes that were killed write for a moment yet, and make folders again that were removed.
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (const pauseMs of [200, 200, 0]) {
    rmSync(options.profileFolder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    Atomics.wait(clock, 0, 0, pauseMs);
  }
});
serveParent({ start, open, shoot, end });

async function start(input: Omit<BrowserOptions, 'proxyHost'>, { emit }: MethodContext): Promise<void> {
  options = input;
  // The first page decides what may be reached: until then, nothing.
  proxy = await startGuardProxy((address) => mayReach(address));
  session = await startBrowser({ ...input, proxyHost: proxy.host }, (running) => {
    ending = running;
    emit({ pids: running.pids() } satisfies ChildEvent);
  });
  if (ending !== undefined) emit({ pids: ending.pids() } satisfies ChildEvent);
  for (const note of session.notes) emit({ notice: note } satisfies ChildEvent);
}

let reachesPrivate = false;
let reachesAnything = false;
function mayReach(address: string): boolean {
  return reachesAnything && (reachesPrivate || isPublicAddress(address));
}

async function open(input: OpenRequest, { emit }: MethodContext): Promise<OpenReply> {
  const { driver } = needSession();
  request = input;
  const url = parseMediaAddress(input.address);
  // Only who names a private address wants to go there.
  reachesPrivate = !(await isPublicHost(url));
  reachesAnything = true;
  await driver.manage().setTimeouts({ pageLoad: input.waitMs, script: input.waitMs + graceMs, implicit: 0 });
  const deadlineMs = performance.now() + input.waitMs;
  try {
    await driver.get(url.href);
  } catch (error) {
    // A page that goes on loading may show its video all the same.
    if (!(error instanceof seleniumError.TimeoutError)) throw describeNavigation(error as Error, url);
  }
  player = {
    driver,
    deadlineMs: Math.max(deadlineMs, performance.now() + 1000),
    waitMs: input.waitMs,
    lastSeconds: input.lastSeconds,
    onNotice: (notice) => emit({ notice } satisfies ChildEvent),
  };
  return explaining(url, async (context) => {
    const { durationSeconds, player: found } = await findPlayer(context);
    return {
      durationSeconds,
      width: found.video.naturalWidth,
      height: found.video.naturalHeight,
    };
  });
}

function shoot({ atSeconds }: { atSeconds: number }, { emit }: MethodContext): Promise<ShootReply> {
  return explaining(parseMediaAddress(request?.address ?? ''), async (context) => {
    const onNotice = (notice: string) => emit({ notice } satisfies ChildEvent);
    const { mediaSeconds, png } = await showTime(Object.assign(context, { onNotice }), atSeconds);
    return { mediaSeconds, png };
  });
}

/** The browser's own way of ending, which tidies up; who does not wait for it kills it. */
async function end(): Promise<void> {
  const pids = ending?.pids() ?? [];
  const quit = session?.driver.quit().catch(() => {});
  await Promise.race([quit, wait(quitMs)]);
  ending?.kill();
  proxy?.close();
  // Until it is gone it may write into the folder that is to be removed.
  for (let turn = 0; turn < 40 && pids.some(isRunning); turn += 1) await wait(25);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function needSession(): BrowserSession {
  if (session === undefined) throw new PatternPivotError('tool.browser_failed', 'No browser was started.');
  return session;
}

async function explaining<T>(url: URL, run: (context: PlayerContext) => Promise<T>): Promise<T> {
  if (player === undefined) throw new PatternPivotError('tool.browser_failed', 'No page is open.');
  try {
    return await run(player);
  } catch (error) {
    const refused = refusedBy(url);
    const isEmpty =
      error instanceof PatternPivotError && ['input.no_player', 'provider.page_failed'].includes(error.code);
    // A page that was refused is an empty one.
    if (isEmpty && refused !== undefined) throw refused;
    if (error instanceof PatternPivotError) throw error;
    throw describeNavigation(error as Error, url);
  }
}

async function isPublicHost(url: URL): Promise<boolean> {
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  if (isIP(host) !== 0) return isPublicAddress(host);
  try {
    return (await lookup(host, { all: true })).every(({ address }) => isPublicAddress(address));
  } catch (error) {
    throw unreachable(url, (error as NodeJS.ErrnoException).code ?? '', error);
  }
}

/** What the proxy knows of a page that did not come; undefined where it let everything pass. */
function refusedBy(url: URL): PatternPivotError | undefined {
  const [host] = proxy?.refused ?? [];
  if (host !== undefined) {
    return new PatternPivotError(
      'input.redirect_refused',
      `A public page wants something of a private address, which was refused: ${host.slice(0, 100)}`,
      { hint: 'If you trust it, give that address itself.', context: { host } },
    );
  }
  const own = url.hostname.replace(/^\[|\]$/gu, '');
  const code = proxy?.unreachable.get(own);
  return code === undefined ? undefined : unreachable(url, code, undefined);
}

const meanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up just now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it ended the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'there is no network',
};

function unreachable(url: URL, code: string, cause: unknown): PatternPivotError {
  const shown = describeMediaAddress(url);
  return new PatternPivotError(
    'provider.unreachable',
    `${shown} cannot be opened: ${meanings[code] ?? (code || 'it does not answer')}.`,
    {
      cause,
      retryable: true,
      hint: 'Check the address and the network, and run it again.',
      context: { address: shown, systemCode: code },
    },
  );
}

function describeNavigation(error: Error, url: URL): PatternPivotError {
  if (error instanceof PatternPivotError) return error;
  const refused = refusedBy(url);
  if (refused !== undefined) return refused;
  const [said = ''] = error.message.split('\n');
  const shown = describeMediaAddress(url);
  const code = /(?:net::ERR_|about:neterror\?e=)([\w]+)/u.exec(said)?.[1];
  if (code !== undefined) {
    const isDownload = code === 'ABORTED';
    return new PatternPivotError(
      isDownload ? 'input.no_player' : 'provider.unreachable',
      isDownload
        ? `${shown} is a file to download, and no page with a video.`
        : `${shown} cannot be opened: ${code.toLowerCase().replaceAll('_', ' ')}.`,
      {
        cause: error,
        hint: isDownload ? 'Download it, and name the file.' : 'Open the address in a browser, and check it.',
        context: { address: shown, browserCode: code },
      },
    );
  }
  const isGone =
    error instanceof seleniumError.NoSuchSessionError ||
    error instanceof seleniumError.NoSuchWindowError ||
    /ECONNREFUSED|ECONNRESET|socket hang up|disconnected|crash/iu.test(said);
  return new PatternPivotError(
    isGone ? 'tool.browser_failed' : 'provider.page_failed',
    isGone
      ? 'The browser ended in the middle of its work.'
      : `The page cannot be worked with: ${said.slice(0, 200)}`,
    {
      cause: error,
      retryable: true,
      hint: 'Run it again; --wait 120 gives a slow page more time.',
      context: { said },
    },
  );
}
