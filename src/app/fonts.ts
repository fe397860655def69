import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { isAbortError, PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { isLeftover, temporaryFileName } from '../domain/temporary-name.ts';
import type { FontFile } from '../domain/timeline.ts';
import type { FontSource } from '../recipes/prepare-fonts.ts';
import type { FetchedFont } from '../stages/captions/font-files.ts';
import type { StageContext } from '../stages/stage.ts';
import type { Config } from './config.ts';
import { createTarExtractor } from './fonts-archive.ts';

/** Where fonts are kept and fetched from. */
export type FontSourceOptions = {
  /** Folder of the fetched fonts; made when first needed. */
  readonly folder: string;
  /** Whether any may be fetched. */
  readonly mayDownload: boolean;
  /** Address of an npm registry. */
  readonly registry: string;
  /** A server that says nothing for this long is given up, in ms. Default: 30 s. */
  readonly idleMs?: number;
};

const defaultIdleMs = 30_000;

/** The registry that npm itself asks where nobody says otherwise. */
const publicRegistry = 'https://registry.npmjs.org';

/** The font source of a configuration. npm's own setting (`npm_config_registry`) holds where ours names none. */
export function configureFonts(
  { fonts }: Pick<Config, 'fonts'>,
  workspaceFolder: string,
  env: Readonly<Record<string, string | undefined>>,
): FontSource {
  const isOwn = fonts.registry !== publicRegistry;
  return createFontSource({
    folder: join(workspaceFolder, 'fonts'),
    mayDownload: fonts.download,
    registry: isOwn ? fonts.registry : (env['npm_config_registry'] ?? fonts.registry),
  });
}

/**
 * Fetches fonts from an npm registry into a folder: a pinned version of a package, its archive checked against the pinned
 * SHA-512, the font in it against its own hash, and put in its place only when it is whole. Later runs find it there.
 */
export function createFontSource(options: FontSourceOptions): FontSource {
  return async (font, context) => {
    const path = join(options.folder, basename(font.file));
    if ((await hashOf(path, context.signal)) !== font.contentHash)
      await fetchFont(font, path, options, context);
    return { id: font.name, path, contentHash: font.contentHash };
  };
}

async function hashOf(path: string, signal: AbortSignal): Promise<FontFile['contentHash'] | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(path, { signal })) hash.update(bytes as Buffer);
  } catch (error) {
    if (isAbortError(error)) throw error;
    return undefined;
  }
  return `sha256:${hash.digest('hex')}`;
}

async function fetchFont(
  font: FetchedFont,
  path: string,
  options: FontSourceOptions,
  context: StageContext,
): Promise<void> {
  if (!options.mayDownload) {
    throw new PatternPivotError('input.font_not_fetched', 'Fetching fonts is turned off (fonts.download).', {
      hint: `Turn it on, or put ${basename(font.file)} of ${font.package} ${font.version} into ${options.folder}.`,
      context: { package: font.package, version: font.version },
    });
  }
  const temporary = join(options.folder, temporaryFileName());
  await withFileErrors(options.folder, async () => {
    await mkdir(options.folder, { recursive: true });
    await removeLeftovers(options.folder);
  });
  try {
    await download(font, temporary, options, context);
    await withFileErrors(path, () => rename(temporary, path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats !== undefined && isLeftover(name, stats.mtimeMs)) await rm(join(folder, name), { force: true });
  }
}

async function download(
  font: FetchedFont,
  temporary: string,
  options: FontSourceOptions,
  context: StageContext,
): Promise<void> {
  const url = archiveUrl(options.registry, font);
  const idle = new AbortController();
  const idleMs = options.idleMs ?? defaultIdleMs;
  let timer = setTimeout(() => idle.abort(), idleMs);
  const signal = AbortSignal.any([context.signal, idle.signal]);
  const archiveHash = createHash('sha512');
  const fileHash = createHash('sha256');
  const file = await withFileErrors(temporary, () => open(temporary, 'wx'));
  try {
    const response = await fetch(url, { signal, redirect: 'follow' });
    if (!response.ok || response.body === null) {
      throw failed(font, url, `answered ${response.status}`, response.status >= 500);
    }
    context.report({ done: 0, total: font.archiveBytes, unit: 'bytes' });
    let done = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const bytes of source) {
        clearTimeout(timer);
        timer = setTimeout(() => idle.abort(), idleMs);
        done += bytes.length;
        if (done > font.archiveBytes) throw failed(font, url, 'sent more than the archive holds', false);
        archiveHash.update(bytes);
        context.report({ done, total: font.archiveBytes, unit: 'bytes' });
        yield bytes;
      }
    };
    const extract = createTarExtractor(`package/${font.file}`, async (bytes) => {
      fileHash.update(bytes);
      await withFileErrors(temporary, () => file.writeFile(bytes));
    });
    await pipeline(
      Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
      counted,
      createGunzip(),
      async (source: AsyncIterable<Uint8Array>) => {
        for await (const bytes of source) await extract(bytes);
      },
      { signal },
    );
    const isRight =
      `sha512-${archiveHash.digest('base64')}` === font.integrity &&
      `sha256:${fileHash.digest('hex')}` === font.contentHash;
    if (!isRight) throw failed(font, url, 'sent another archive than the one that is known', false);
    await withFileErrors(temporary, () => file.sync());
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    if (error instanceof PatternPivotError) throw error;
    const isSilent = idle.signal.aborted;
    throw failed(
      font,
      url,
      isSilent ? `was silent for ${idleMs / 1000} s` : 'cannot be reached',
      true,
      error,
    );
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** npm's own address of a package's archive. */
function archiveUrl(registry: string, font: FetchedFont): URL {
  const base = registry.endsWith('/') ? registry : `${registry}/`;
  const name = font.package.slice(font.package.indexOf('/') + 1);
  return new URL(`${font.package}/-/${name}-${font.version}.tgz`, base);
}

function failed(
  font: FetchedFont,
  url: URL,
  what: string,
  retryable: boolean,
  cause?: unknown,
): PatternPivotError {
  return new PatternPivotError('provider.font', `The registry ${url.host} ${what}.`, {
    retryable,
    hint: `Try again with a connection, or set fonts.registry to a mirror of npm.`,
    context: { host: url.host, package: font.package, version: font.version },
    ...(cause === undefined ? {} : { cause }),
  });
}
