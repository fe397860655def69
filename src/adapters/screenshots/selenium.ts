import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { PageScreenshots } from '../../ports/screenshots.ts';
import { childModulePath, startChild, type Child } from '../../process/child.ts';
import { findBrowser } from './find-browser.ts';

/** What the child is asked to open. Times are in ms, but for the seconds of the video. */
export type OpenRequest = {
  readonly address: string;
  readonly waitMs: number;
  readonly lastSeconds: number;
};

/** The video that was found. */
export type OpenReply = { readonly durationSeconds: number; readonly width: number; readonly height: number };

/** A picture, as the child sends it. */
export type ShootReply = { readonly mediaSeconds: number | undefined; readonly png: Uint8Array };

/** What the child says on its way: which processes it started, and what the user should know. */
export type ChildEvent = { readonly pids: readonly number[] } | { readonly notice: string };

/** How long a browser may take to start, and a page to answer beyond what its user waits, in ms. */
const startMs = 90_000;
const graceMs = 30_000;

/** How long a browser may take to end by itself, in ms. */
const endMs = 3000;

/** Frames are asked for a little behind their beginning, so that rounding does not show the one before, in ms. */
const behindMs = 0.5;

/** How the browser is chosen. */
export type SeleniumOptions = {
  readonly browser: 'chromium' | 'firefox';
  /** Left out: where one usually is. */
  readonly binary?: string | undefined;
  readonly driver?: string | undefined;
  /** The variable `PATH`. */
  readonly path: string | undefined;
};

/** Pictures of videos on pages, taken by Selenium in a headless browser that is on this machine. */
export function createSeleniumScreenshots(options: SeleniumOptions): PageScreenshots {
  return {
    async take({ address, atMs, waitMs }, { signal, onNotice, onPicture }) {
      signal.throwIfAborted();
      const kind = options.browser;
      const { binary, driver } = options;
      const found = await findBrowser({ kind, binary, driver, path: options.path });
      await withTemporaryFolder('browser', async (profileFolder) => {
        signal.throwIfAborted();
        const child = startChild(childModulePath(import.meta.url, './selenium.child'), {
          title: 'The browser',
        });
        let pids: readonly number[] = [];
        const onEvent = (event: unknown) => {
          const { pids: started, notice } = event as { pids?: readonly number[]; notice?: string };
          if (started !== undefined) pids = started;
          if (notice !== undefined) onNotice(notice);
        };
        const call = <T>(method: string, input: unknown, limitMs: number) =>
          within(child.call<T>(method, input, { onEvent }), limitMs, signal);
        try {
          await call('start', { ...found, kind, profileFolder }, startMs);
          const lastSeconds = Math.max(0, ...atMs) / 1000;
          const limitMs = 2 * waitMs + graceMs;
          await call('open', { address, waitMs, lastSeconds } satisfies OpenRequest, limitMs);
          for (const each of atMs) {
            const atSeconds = (each + behindMs) / 1000;
            const { mediaSeconds, png } = await call<ShootReply>('shoot', { atSeconds }, limitMs);
            const shownMs = mediaSeconds === undefined ? undefined : Math.round(mediaSeconds * 1000);
            await onPicture({ atMs: each, shownMs, png });
          }
        } finally {
          await endBrowser(child, pids);
          // Its helpers may write for a moment yet.
          await rm(profileFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
        }
      });
    },
  };
}

/** Waits no longer than a limit, and not at all for what nobody wants any more. @throws provider.page_stuck */
async function within<T>(work: Promise<T>, limitMs: number, signal: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    timer = setTimeout(
      () =>
        reject(
          new PatternPivotError(
            'provider.page_stuck',
            'The page, or its browser, does not answer any more.',
            {
              hint: 'Run it again, or make the picture from the file: pivot screenshot talk.mp4 --at …',
              retryable: true,
            },
          ),
        ),
      limitMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
  // Whoever comes second is not listened to.
  work.catch(() => {});
  try {
    signal.throwIfAborted();
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** Ends the browser, its driver and the child: kindly, and after a while for certain. */
async function endBrowser(child: Child, pids: readonly number[]): Promise<void> {
  const ended = child.call('end', {}).catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, endMs);
  });
  await Promise.race([ended, late]);
  clearTimeout(timer);
  await child.close();
  for (let turn = 0; turn < 20 && pids.map(killAgain).includes('running'); turn += 1) await wait(25);
}

function killAgain(pid: number): 'running' | 'gone' {
  try {
    process.kill(pid, 'SIGKILL');
    return 'running';
  } catch {
    return 'gone';
  }
}
