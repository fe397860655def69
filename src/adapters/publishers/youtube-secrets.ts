import { rm } from 'node:fs/promises';
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
export function openUploadSecrets(folder: string): UploadSecrets {
  const pathOf = (sessionId: string) => join(folder, `upload-${sessionId.replaceAll(/[^\w-]/gu, '')}.json`);
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
