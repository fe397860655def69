import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBrowser } from '../../src/adapters/screenshots/browser-session.ts';
import { startGuardProxy } from '../../src/adapters/screenshots/guard-proxy.ts';
import { readPictureHeader } from '../../src/domain/picture-header.ts';
import { servePlayerPages, type PlayerPages } from '../fixtures/player-pages.ts';
import { decodePng, makeTimeCodeVideo, readTimeCodeOf } from '../fixtures/time-code-video.ts';
import { findChromium, findChromedriver } from './chromium.ts';
import { listProcesses, runPivot, startPivot, type PivotRun } from './run-pivot.ts';

/** Pictures of videos on real pages, in a real browser, by the program as a user starts it. */

const browser = findChromium();
const driver = findChromedriver();
const frameRate = 25;

let folder: string;
let site: PlayerPages;

const environment = () => ({
  PATTERNPIVOT_SCREENSHOTS_BINARY: browser ?? '',
  PATTERNPIVOT_SCREENSHOTS_DRIVER: driver ?? '',
  // Whatever is left there was left by us.
  TMPDIR: join(folder, 'tmp'),
});

function shoot(page: string, ...args: string[]): Promise<PivotRun> {
  const address = page.startsWith('/') ? site.base + page : page;
  return runPivot(['screenshot', address, '--out', 'shots/', '--json', ...args], {
    cwd: folder,
    env: environment(),
  });
}

type Taken = { path: string; atMs: number; shownMs: number; width: number; height: number }[];

async function readCodes(run: PivotRun): Promise<number[]> {
  expect(run.stderr).not.toContain('Error');
  const taken = JSON.parse(run.stdout) as Taken;
  const codes: number[] = [];
  for (const { path } of taken) codes.push(readTimeCodeOf(await readFile(path)));
  return codes;
}

/** The third line of an error is what to do next. */
function errorOf(run: PivotRun): string {
  expect(run.stderr).not.toContain('    at ');
  return run.stderr.split('\n').find((line) => line.startsWith('Error:')) ?? run.stderr;
}

beforeAll(async () => {
  if (browser === undefined || driver === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'pivot screenshot '));
  await mkdir(join(folder, 'tmp'));
  await makeTimeCodeVideo({ path: join(folder, 'talk.webm'), seconds: 20, width: 640, height: 360 });
  await makeTimeCodeVideo({
    path: join(folder, 'advert.webm'),
    seconds: 3,
    width: 640,
    height: 360,
    from: 10_000,
    color: 'red',
  });
  site = await servePlayerPages(folder);
});
afterAll(async () => {
  await site?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe('pictures of a page', () => {
  beforeEach((context) => {
    if (browser === undefined || driver === undefined) {
      context.skip('there is no Chromium with its driver (PATTERNPIVOT_CHROMIUM, PATTERNPIVOT_CHROMEDRIVER)');
    }
  });

  it('show the very frame of each time, in the video’s own size and without anything of the page', async () => {
    const times = ['0', '0.04', '3.98', '4', '4.04', '10.2', '10.22', '19.96', '20'];
    const run = await shoot('/plain', ...times.flatMap((time) => ['--at', time]));
    const taken = JSON.parse(run.stdout) as Taken;
    expect(taken.map(({ width, height }) => `${width}x${height}`)).toEqual(times.map(() => '640x360'));
    const wanted = times.map((time) =>
      Math.min(20 * frameRate - 1, Math.floor(Number(time) * frameRate + 1e-6)),
    );
    expect(await readCodes(run)).toEqual(wanted);
    for (const { shownMs, atMs } of taken)
      expect(Math.abs(atMs - shownMs)).toBeLessThanOrEqual(1000 / frameRate);
    // The page makes its video a little transparent and lays controls over it: teal is teal.
    const { data, width } = decodePng(await readFile(taken[5]?.path ?? ''));
    const at = 3 * (340 * width + 20);
    expect([...data.subarray(at, at + 3)].map((value) => Math.round(value / 16))).toEqual([0, 8, 8]);
  });

  it('come after consent was refused, and where it cannot be, given', async () => {
    const before = site.requests.length;
    const run = await shoot('/consent', '--at', '7');
    expect(await readCodes(run)).toEqual([175]);
    expect(run.stderr).toContain('"Reject all" was pressed');
    expect(site.requests.slice(before)).toContain('GET /answered/no');
    const shadow = await shoot('/consent-shadow', '--at', '7');
    expect(await readCodes(shadow)).toEqual([175]);
    expect(shadow.stderr).toContain('"Alle akzeptieren" was pressed, in a browser that forgets it');
  });

  it('come out of frames in frames, of players that will not stand still, and under alerts', async () => {
    const pages = ['/framed', '/restless', '/alerts'];
    const runs = await Promise.all(pages.map((page) => shoot(page, '--at', '7', '--at', '12')));
    for (const [index, run] of runs.entries()) expect(await readCodes(run), pages[index]).toEqual([175, 300]);
  });

  it('are of the talk and not of the advertisement before it', async () => {
    // The second one's length alone tells it: one time lies within the first film.
    const pages = ['/advert', '/unmarked-advert'];
    for (const run of await Promise.all(pages.map((page) => shoot(page, '--at', '1', '--at', '7')))) {
      expect(await readCodes(run)).toEqual([25, 175]);
    }
  });

  it('can be JPEGs of another size', async () => {
    const run = await runPivot(
      ['screenshot', `${site.base}/plain`, '--at', '2', '--width', '320', '--out', 'small.jpg', '--quiet'],
      { cwd: folder, env: environment() },
    );
    expect(run.exitCode).toBe(0);
    expect(readPictureHeader(await readFile(join(folder, 'small.jpg')))).toEqual({
      format: 'jpeg',
      width: 320,
      height: 180,
    });
  });

  it('say what is wrong in three lines', async () => {
    const cases: [page: string, exitCode: number, message: RegExp, ...args: string[]][] = [
      ['/words', 2, /There is no video on that page, or none came within 4 s/u],
      ['/never', 6, /does not load: nothing of it came within 4 s/u],
      ['/broken', 6, /does not load: the browser cannot play its format/u],
      ['/nowhere', 6, /answers with status 404/u],
      ['/advert-for-ever', 6, /An advertisement plays there, and did not end within 4 s/u],
      ['/plain', 2, /lasts 0:20, and 1:30 was asked for/u, '--at', '1:30'],
      ['/whole', 6, /cannot be put to 0:12: its server sends no parts of files/u, '--at', '12'],
      ['/to-file', 6, /leads nowhere, or to a file to download/u],
      ['/download', 6, /leads nowhere, or to a file to download/u],
      ['/stuck', 6, /page/u],
      ['http://127.0.0.1:41/', 6, /cannot be opened: it refuses the connection/u],
      ['http://nowhere.invalid/', 6, /there is no host of that name/u],
      ['file:///etc/hostname', 2, /neither http nor https/u],
    ];
    // Mostly waiting: three at a time.
    const left = [...cases];
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [page, exitCode, message, ...args] = next;
        const run = await shoot(page, '--wait', '4', ...(args.length === 0 ? ['--at', '1'] : args));
        expect(errorOf(run), page).toMatch(message);
        expect(run.exitCode, page).toBe(exitCode);
      }
    };
    await Promise.all([work(), work(), work()]);
  });

  it('let the page reach nothing that its user did not name, and the browser ask nobody of its own accord', async (context) => {
    const hits: string[] = [];
    const secret = createServer((request, response) => {
      hits.push(request.url ?? '');
      response.end('secret');
    });
    secret.on('upgrade', (_request, socket) => {
      hits.push('upgrade');
      socket.destroy();
    });
    // A second address of this machine, which stands for one of the user's own network.
    const isListening = await new Promise<boolean>((resolve) => {
      secret.once('error', () => resolve(false));
      secret.listen(0, '127.0.0.2', () => resolve(true));
    });
    if (!isListening) context.skip('127.0.0.2 is no address of this machine');
    const other = `http://127.0.0.2:${(secret.address() as AddressInfo).port}/`;
    const asked = new Set<string>();
    const proxy = await startGuardProxy((address) => {
      asked.add(address);
      return address === '127.0.0.1';
    });
    const profileFolder = await mkdtemp(join(tmpdir(), 'pivot-guard-'));
    let kill = () => {};
    try {
      const { driver: web } = await startBrowser(
        {
          kind: 'chromium',
          binary: browser ?? '',
          driver: driver ?? '',
          profileFolder,
          proxyHost: proxy.host,
        },
        (running) => {
          ({ kill } = running);
        },
      );
      await web.get(`${site.base}/reaching?other=${encodeURIComponent(other)}`);
      while (!proxy.refused.has('127.0.0.2')) await wait(50);
      await web.get(`${site.base}/redirect?to=${encodeURIComponent(other)}`).catch(() => {});
      await wait(1000);
      expect(hits).toEqual([]);
      expect([...asked].toSorted()).toEqual(['127.0.0.1', '127.0.0.2']);
      expect([...proxy.refused, ...proxy.unreachable.keys()]).toEqual(['127.0.0.2']);
      await web.quit();
    } finally {
      kill();
      proxy.close();
      secret.close();
      await rm(profileFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
  });

  it('leave no browser, no driver and no profile, whether they end well, by Ctrl-C or by a kill', async () => {
    const left = async () =>
      (await readdir(join(folder, 'tmp'))).filter((name) => name.startsWith('pivot-browser'));
    expect(await left()).toEqual([]);
    for (const [signal, target] of [
      ['SIGINT', 'program'],
      ['SIGKILL', 'program'],
      ['SIGKILL', 'child'],
      ['SIGKILL', 'driver'],
    ] as const) {
      const mark = `${signal}-${target}-${process.pid}`;
      const pivot = startPivot(['screenshot', `${site.base}/never`, '--at', '1', '--out', 'none.png'], {
        cwd: folder,
        env: { ...environment(), SCREENSHOT_TEST: mark },
      });
      const before = site.requests.length;
      while (!site.requests.slice(before).includes('GET /never.webm')) await wait(50);
      const running = await listProcesses('SCREENSHOT_TEST', mark);
      const commands = await Promise.all(
        running.map(
          async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')] as const,
        ),
      );
      const find = (part: string) => commands.find(([, command]) => command.includes(part))?.[0];
      expect(find('chromedriver'), commands.join('\n')).toBeDefined();
      expect(running.length).toBeGreaterThan(4);
      const victim = { program: pivot.pid, child: find('selenium.child'), driver: find('chromedriver') }[
        target
      ];
      const ended = new Promise<number | null>((resolve) => pivot.on('close', resolve));
      process.kill(victim ?? 0, signal);
      const exitCode = await ended;
      if (signal === 'SIGINT') expect(exitCode).toBe(130);
      if (target === 'child' || target === 'driver') expect([5, 6]).toContain(exitCode);
      let alive = running;
      for (let turn = 0; turn < 100 && alive.length > 0; turn += 1) {
        await wait(50);
        alive = await listProcesses('SCREENSHOT_TEST', mark);
      }
      expect(alive, `after ${signal} to the ${target}`).toEqual([]);
      expect(await left(), `after ${signal} to the ${target}`).toEqual([]);
    }
    expect(existsSync(join(folder, 'none.png'))).toBe(false);
  });
});
