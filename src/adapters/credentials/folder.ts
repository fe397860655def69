import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { isLeftover, temporaryFileName } from '../../domain/temporary-name.ts';
import { withProcessLock } from './process-lock.ts';

const channelIdPattern = /^[\w-]{1,64}$/u;
const secretSchema = z.string().min(1).max(4096);

/** What the owner of a channel gave by signing in. */
const credentialSchema = z.strictObject({
  version: z.literal(1),
  channelId: z.string().regex(channelIdPattern),
  channelTitle: z.string().max(500),
  /** Which OAuth client it was given to: a token is of no use to another. */
  clientId: z.string().min(1).max(200),
  /** What was allowed, as addresses of Google's scopes. */
  scopes: z.array(z.string().min(1).max(200)).max(50),
  refreshToken: secretSchema,
  accessToken: secretSchema.optional(),
  /** Until when the access token is good, ms since 1970. */
  expiresAtMs: z.number().nonnegative().optional(),
  /** ISO 8601. */
  signedInAt: z.iso.datetime(),
  /** When the server last said that it is good, ISO 8601. */
  checkedAt: z.iso.datetime(),
  /** When the server first said that it is not good any more, ISO 8601: the owner took it back, or it ran out. */
  refusedAt: z.iso.datetime().optional(),
});

/** What the owner of a channel gave by signing in. */
export type Credential = Readonly<z.infer<typeof credentialSchema>>;

/** Where credentials are kept. */
export interface Credentials {
  readonly folder: string;
  /** @throws tool.credentials_damaged, input.credentials_exposed */
  get(channelId: string): Promise<Credential | undefined>;
  /** All of them, by channel id. */
  list(): Promise<readonly Credential[]>;
  put(credential: Credential): Promise<void>;
  delete(channelId: string): Promise<void>;
  /** Runs something while no other process does. @throws conflict.credentials_busy */
  locked<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const prefix = 'youtube-';
const ending = '.json';
const maxFileBytes = 65_536;

/**
 * Credentials as files that nobody else may read: each 0600, in a folder that is 0700. A file that is wider was widened by a copy or a
 * restore, and is mended when it is read; a folder that is wider may hold other things, and is refused. The folder is made when something is put.
 * @throws input.credentials_exposed, input.not_writable and the like
 */
export async function openCredentialsFolder(folder: string): Promise<Credentials> {
  if (await isFolderThere(folder)) await removeLeftovers(folder);

  const pathOf = (channelId: string) => {
    if (channelIdPattern.test(channelId)) return join(folder, `${prefix}${channelId}${ending}`);
    throw new PatternPivotError('input.channel_id', 'This is no id of a channel.', {
      hint: 'It looks like UCX6OQ3DkcsbYNE6H8uQQuVA; pivot auth status names those that signed in.',
    });
  };
  const get = async (channelId: string): Promise<Credential | undefined> => {
    const path = pathOf(channelId);
    const text = await readPrivately(path);
    return text === undefined ? undefined : parse(text, path, channelId);
  };

  return {
    folder,
    get,
    async list() {
      if (!(await isFolderThere(folder))) return [];
      const names = await withFileErrors(folder, () => readdir(folder));
      const all: Credential[] = [];
      for (const name of names.toSorted()) {
        if (!name.startsWith(prefix) || !name.endsWith(ending)) continue;
        const channelId = name.slice(prefix.length, -ending.length);
        const credential = channelIdPattern.test(channelId) ? await get(channelId) : undefined;
        if (credential !== undefined) all.push(credential);
      }
      return all;
    },
    async put(credential) {
      await makeFolder(folder);
      await writePrivately(pathOf(credential.channelId), folder, credential);
    },
    async delete(channelId) {
      const path = pathOf(channelId);
      await withFileErrors(path, () => rm(path, { force: true }));
    },
    async locked(run, signal) {
      await makeFolder(folder);
      return withProcessLock(join(folder, 'lock'), { signal }, run);
    },
  };
}

/** Makes it for the user alone. @throws input.credentials_exposed where it is there, and wider */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolderThere(folder)) return;
  await withFileErrors(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  });
  await isFolderThere(folder);
}

/** Whether there is a folder, which must be ours alone. @throws input.credentials_exposed */
async function isFolderThere(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return withFileErrors(folder, () => Promise.reject(error));
  });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw exposed(folder, 'is no folder');
  assertOwn(found, folder);
  if (isWide(found)) {
    throw exposed(folder, 'can be read by others', `Close it (chmod 700 "${folder}"), or choose another`);
  }
  return true;
}

/** The whole text of a file that is ours alone; undefined where there is none. */
export async function readPrivately(path: string): Promise<string | undefined> {
  // A link could lead to any file, and a pipe would never end.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw exposed(path, 'is a link');
    return withFileErrors(path, () => Promise.reject(error));
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) throw exposed(path, 'is no file');
    assertOwn(found, path);
    if (isWide(found)) await withFileErrors(path, () => file.chmod(0o600));
    if (found.size > maxFileBytes) throw damaged(path);
    return await withFileErrors(path, () => file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

/** Whole or not at all, and on the disk: a refresh token that was replaced is good for nothing any more. */
export async function writePrivately(path: string, folder: string, credential: object): Promise<void> {
  const temporary = join(folder, temporaryFileName());
  await withFileErrors(path, async () => {
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(credential, undefined, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await withFileErrors(folder, () => readdir(folder))) {
    if (isLeftover(name, Date.now())) await rm(join(folder, name), { force: true });
  }
}

function parse(text: string, path: string, channelId: string): Credential {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(path);
  }
  const parsed = credentialSchema.safeParse(value);
  if (!parsed.success || parsed.data.channelId !== channelId) throw damaged(path);
  return parsed.data;
}

/** Whether others may look in. Windows knows no such modes: there the folder is the user's by its place. */
function isWide({ mode }: Stats): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

function assertOwn({ uid }: Stats, path: string): void {
  const own = process.getuid?.();
  if (own !== undefined && own !== uid) throw exposed(path, 'belongs to somebody else');
}

function exposed(path: string, what: string, remedy = 'Choose another'): PatternPivotError {
  return new PatternPivotError(
    'input.credentials_exposed',
    `What was given by signing in is not safe here, because this ${what}: ${path}`,
    { hint: `${remedy} with the setting youtube.authFolder.`, context: { path } },
  );
}

/** Without what it holds, and without a cause that could repeat it. */
function damaged(path: string): PatternPivotError {
  return new PatternPivotError('tool.credentials_damaged', `This file is damaged: ${path}`, {
    hint: 'Remove it, and sign in again: pivot auth login',
    context: { path },
  });
}
