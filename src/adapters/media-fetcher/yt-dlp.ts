import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PatternPivotError } from '../../domain/errors.ts';
import type { FetchedVideo, FetchWork, MediaFetcher } from '../../ports/media-fetcher.ts';

/** How the user's own yt-dlp is called. */
export type YtDlpOptions = {
  /** The program: a path, or a name that the system finds. */
  readonly path: string;
  /** A file of cookies, as browsers' add-ons write it. Only its path is ever passed on. */
  readonly cookiesFile?: string | undefined;
  /** What comes before the id of a video. */
  readonly watchUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Since then YouTube needs a JavaScript runtime, and yt-dlp takes ours: https://github.com/yt-dlp/yt-dlp/issues/15012 */
const oldestVersion = '2025.11.12';

const progressMark = 'pivot-progress';

/** Languages of captions that are worth having; live chat is none. */
const captionLanguages = 'all,-live_chat';

/** How long it may take to end when it is told to, in ms. */
const endsWithinMs = 5000;

/** The user's own yt-dlp, called with an array of arguments and no shell; nothing of theirs is in what it prints. */
export function createYtDlp(options: YtDlpOptions): MediaFetcher {
  let checked: Promise<void> | undefined;
  return {
    async fetch(videoId, folder, work) {
      if (!/^[\w-]{11}$/u.test(videoId)) {
        throw new PatternPivotError('input.video_id', `This is no id of a video: ${videoId.slice(0, 100)}`, {
          hint: 'It is what comes after v= in the address: dQw4w9WgXcQ',
          context: { videoId },
        });
      }
      await (checked ??= checkVersion(options, work.signal));
      await run(options, buildArguments(options, videoId, resolve(folder)), work);
      return findFetched(videoId, resolve(folder));
    },
  };
}

/** Every argument is ours but the id and the two paths, which cannot be taken for options. */
export function buildArguments(
  { cookiesFile, watchUrl }: Pick<YtDlpOptions, 'cookiesFile' | 'watchUrl'>,
  videoId: string,
  folder: string,
): string[] {
  return [
    // What a user has set for themselves may run programs, or put the file elsewhere.
    '--ignore-config',
    '--no-plugin-dirs',
    '--no-playlist',
    '--no-cache-dir',
    '--no-color',
    '--no-simulate',
    '--no-overwrites',
    '--continue',
    '--newline',
    '--progress',
    '--progress-template',
    `download:${progressMark} %(progress.downloaded_bytes)s %(progress.total_bytes,progress.total_bytes_estimate)s`,
    '--js-runtimes',
    `node:${process.execPath}`,
    '--format',
    'bestvideo*+bestaudio/best',
    '--write-subs',
    '--write-auto-subs',
    '--sub-langs',
    captionLanguages,
    '--sub-format',
    'json3/srv3/vtt',
    '--paths',
    folder,
    '--output',
    `${videoId}.%(ext)s`,
    ...(cookiesFile === undefined ? [] : ['--cookies', cookiesFile]),
    '--',
    `${watchUrl}${videoId}`,
  ];
}

async function checkVersion(options: YtDlpOptions, signal: AbortSignal): Promise<void> {
  let version = '';
  await run(options, ['--ignore-config', '--version'], { signal }, (line) => (version ||= line.trim()));
  if (/^\d{4}\.\d{2}\.\d{2}/u.test(version) && version >= oldestVersion) return;
  throw new PatternPivotError(
    'tool.yt_dlp_old',
    `yt-dlp ${version.slice(0, 40)} is too old: ${oldestVersion} is wanted.`,
    {
      hint: 'Update it the way you installed it: yt-dlp -U, pip install -U yt-dlp, or brew upgrade yt-dlp.',
      context: { version: version.slice(0, 40) },
    },
  );
}

const secretName = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|^PATTERNPIVOT_/iu;

async function run(
  { path, env }: YtDlpOptions,
  args: readonly string[],
  { signal, onBytes }: FetchWork,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(path, args, {
    // It starts FFmpeg: together they are ended.
    detached: process.platform !== 'win32',
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !secretName.test(name))),
    windowsHide: true,
  });
  let lastError = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, done, total] = line.startsWith(`${progressMark} `) ? line.split(' ') : [];
    if (done === undefined) return onLine(line);
    const [doneBytes, totalBytes] = [Number(done), Number(total)];
    if (Number.isFinite(doneBytes))
      onBytes?.(doneBytes, Number.isFinite(totalBytes) ? totalBytes : undefined);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('ERROR:')) lastError = line.slice('ERROR:'.length).trim();
  });
  const end = (how: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      if (process.platform === 'win32') child.kill(how);
      else process.kill(-child.pid, how);
    } catch {
      // It has ended meanwhile.
    }
  };
  let patience: NodeJS.Timeout | undefined;
  const onAbort = () => {
    end('SIGTERM');
    patience = setTimeout(() => end('SIGKILL'), endsWithinMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await new Promise<number | null>((settle, reject) => {
      child.on('error', (error) => reject(notThere(path, error)));
      child.on('close', settle);
    });
    signal.throwIfAborted();
    if (exitCode !== 0) throw fetchFailed(lastError, exitCode);
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', onAbort);
  }
}

function notThere(path: string, cause: Error): PatternPivotError {
  return new PatternPivotError('not_found.yt_dlp', `yt-dlp cannot be started: ${path}`, {
    cause,
    hint: 'Check ytDlp.path in pivot.config.json: the path of yt-dlp, or its name where the system finds it.',
    context: { path },
  });
}

/** Its own last words, without addresses' queries (they may hold keys) and whatever a terminal would obey. */
function fetchFailed(words: string, exitCode: number | null): PatternPivotError {
  const clean = words
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/(https?:\/\/[^\s?#'"]+)[?#][^\s'"]*/gu, '$1')
    .replaceAll(/\s+/gu, ' ')
    .slice(0, 300);
  return new PatternPivotError(
    'provider.fetch_failed',
    `yt-dlp could not get it: ${clean || `exit code ${exitCode}`}`,
    {
      retryable: true,
      hint: 'Run the same command again to go on. YouTube Studio and Google Takeout give you your own videos, too.',
      context: { exitCode },
    },
  );
}

const captionEndings = ['.json3', '.srv3', '.vtt', '.srt'];

/** What lies in the folder under the video's id: its own words are not taken for where it put things. */
async function findFetched(videoId: string, folder: string): Promise<FetchedVideo> {
  const own = (await readdir(folder)).filter((name) => name.startsWith(`${videoId}.`)).toSorted();
  const isCaptions = (name: string) => captionEndings.some((ending) => name.endsWith(ending));
  const isUnfinished = (name: string) => /\.(?:part|ytdl|temp)\b|\.part-|\.f[\w-]+\.\w+$/u.test(name);
  for (const name of own) {
    if (isCaptions(name) || isUnfinished(name)) continue;
    const mediaPath = join(folder, name);
    if (!(await stat(mediaPath)).isFile()) continue;
    return { mediaPath, captionsPaths: own.filter(isCaptions).map((each) => join(folder, each)) };
  }
  throw fetchFailed('it ended well and left no file', 0);
}
