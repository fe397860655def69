import { spawn, type ChildProcess } from 'node:child_process';
import { PatternPivotError } from '../../domain/errors.ts';

/** A browser's driver (chromedriver, geckodriver) as a process of our own, so that we know its id and can end it. */
export type DriverProcess = {
  readonly pid: number;
  /** Where it listens: `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Ends it at once. Chromium ends with it; see {@link startDriver}. */
  kill(): void;
};

/** What each driver says when it listens. Chromedriver names port 0 before it has one. */
const listening = /(?:started successfully on port|Listening on (?:127\.0\.0\.1|\[::1\]):)\s*(\d+)/u;

/** How long a driver may take to say where it listens, in ms. */
const startMs = 20_000;

/**
 * The name of a socket has 104 characters at most on macOS and 108 on Linux, and Chromium's is 45 behind its temporary folder; in a longer
 * one it would not start.
 */
const longestFolder = 58;

/** So much of what it says is kept for an error message, in characters. */
const keptChars = 2000;

/**
 * Starts a driver on a free port of this machine. It runs in our process group: whoever kills the group kills it. The browser that it
 * starts gets its orders through a pipe (`--remote-debugging-pipe`), so it ends when its driver does, and no other program can give any.
 * `onStart` is told of it before it listens. @throws not_found.browser_driver, tool.browser_failed
 */
export async function startDriver(
  path: string,
  options: { kind: 'chromium' | 'firefox'; profileFolder: string },
  onStart: (driver: Omit<DriverProcess, 'url'>) => void,
): Promise<DriverProcess> {
  const { kind, profileFolder } = options;
  const args =
    kind === 'chromium' ? ['--port=0'] : ['--port', '0', '--profile-root', profileFolder, '--log', 'info'];
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of it goes into the user's own folders.
    env: {
      ...process.env,
      // Firefox asks its makers for settings unless it may be told another place for them.
      MOZ_REMOTE_SETTINGS_DEVTOOLS: '1',
      XDG_CONFIG_HOME: profileFolder,
      XDG_CACHE_HOME: profileFolder,
      // Where there is room for the names of its sockets.
      ...(profileFolder.length <= longestFolder ? { TMPDIR: profileFolder } : {}),
    },
  });
  const driver = { pid: child.pid ?? 0, kill: () => void child.kill('SIGKILL') };
  if (child.pid !== undefined) onStart(driver);
  return { ...driver, url: `http://127.0.0.1:${await readPort(child, path)}` };
}

function readPort(child: ChildProcess, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => fail('it does not say where it listens'), startMs);
    const fail = (why: string, cause?: Error) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      const isMissing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
      reject(
        new PatternPivotError(
          isMissing ? 'not_found.browser_driver' : 'tool.browser_failed',
          `The browser's driver ${path} cannot be started: ${why}.`,
          { cause, hint: 'Name another one: screenshots.driver.', context: { path, said: said.trim() } },
        ),
      );
    };
    const read = (text: string) => {
      said = (said + text).slice(-keptChars);
      const port = Number(listening.exec(said)?.[1] ?? 0);
      if (port === 0) return;
      clearTimeout(timer);
      resolve(port);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'it is not there' : error.message, error),
    );
    child.on('exit', (code, signal) => fail(`it ended (${signal ?? `exit code ${code}`})`));
  });
}
