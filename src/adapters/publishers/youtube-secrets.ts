import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { withFileErrors } from '../../domain/file-error.ts';
import { makeFolder, readPrivately, writePrivately } from '../credentials/folder.ts';

/** Where the addresses of upload sessions are kept: whoever knows one may send in the owner's name, without a token. */
export interface UploadSecrets {
  /** Undefined where this machine has none: another one began the session. */
  get(sessionId: string): Promise<string | undefined>;
  put(sessionId: string, address: string): Promise<void>;
  delete(sessionId: string): Promise<void>;
}

const secretSchema = z.strictObject({ version: z.literal(1), address: z.url().max(8192) });

/** Addresses as files beside the owner's tokens, which nobody else may read. They never go into records: those are copied and shared. */
export function openUploadSecrets(folder: string, channelId: string): UploadSecrets {
  const pathOf = (sessionId: string) => join(folder, `${prefixOf(channelId)}${plain(sessionId)}.json`);
  return {
    async get(sessionId) {
      await makeFolder(folder);
      const text = await readPrivately(pathOf(sessionId));
      if (text === undefined) return undefined;
      try {
        return secretSchema.parse(JSON.parse(text)).address;
      } catch {
        // What is damaged is as good as lost: the channel is asked then.
        return undefined;
      }
    },
    async put(sessionId, address) {
      await makeFolder(folder);
      await writePrivately(pathOf(sessionId), folder, { version: 1, address });
    },
    async delete(sessionId) {
      const path = pathOf(sessionId);
      await withFileErrors(path, () => rm(path, { force: true }));
    },
  };
}

/** Removes the addresses of all sessions of a channel: what its owner gave is to be gone. */
export async function forgetUploadSecrets(folder: string, channelId: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(prefixOf(channelId)))) {
    const path = join(folder, name);
    await withFileErrors(path, () => rm(path, { force: true }));
  }
}

function prefixOf(channelId: string): string {
  return `upload-${plain(channelId)}.`;
}

function plain(text: string): string {
  return text.replaceAll(/[^\w-]/gu, '');
}
