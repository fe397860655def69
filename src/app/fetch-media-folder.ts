import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { withFileErrors } from '../domain/file-error.ts';
import { isLeftover, temporaryFileName } from '../domain/temporary-name.ts';

/** The folder of one address: the file once it is whole, what is known of it, and what has come so far. */

/** What tells one state of a file from another, as its server says. */
export const validatorSchema = z.strictObject({
  etag: z.string().max(1000).optional(),
  lastModified: z.string().max(100).optional(),
});
/** The same, read. */
export type Validator = z.infer<typeof validatorSchema>;

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** Without what may be secret. */
  address: z.string(),
  name: z.string().min(1),
  sizeBytes: z.int().positive(),
  validator: validatorSchema,
});
/** What is written beside a fetched file. */
export type FetchRecord = z.infer<typeof recordSchema>;

const recordName = 'fetched.json';

/** What has come so far of one state of a file. While somebody writes to it, its name says who. */
export type Part = { readonly path: string; readonly validator: Validator; sizeBytes: number };

/** The whole file of an earlier run, if it is still as it was left. */
export async function readKept(folder: string): Promise<{ path: string; record: FetchRecord } | undefined> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
    const path = join(folder, record.name);
    return (await stat(path)).size === record.sizeBytes ? { path, record } : undefined;
  } catch {
    // None, an older version's, or a damaged one: it is fetched again.
    return undefined;
  }
}

/** A part bears what tells its state in its own name, so that no other state is ever added to it. */
export function partName(validator: Validator): string {
  return `${Buffer.from(JSON.stringify(validator)).toString('base64url')}.unfinished`;
}

function readPartName(name: string): Validator | undefined {
  const encoded = /(?:^|~)([\w-]+)\.unfinished$/u.exec(name)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return validatorSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/** Takes over what an earlier run left unfinished. By renaming, so that only one run gets it. */
export async function claimPart(folder: string): Promise<Part | undefined> {
  for (const name of await readdir(folder)) {
    const validator = readPartName(name);
    if (validator === undefined) continue;
    const found = join(folder, name);
    const stats = await stat(found).catch(() => undefined);
    if (stats === undefined) continue;
    if (name.startsWith('.') && !isLeftover(name, stats.mtimeMs)) continue;
    const path = join(folder, temporaryFileName(`~${partName(validator)}`));
    try {
      await rename(found, path);
      return { path, validator, sizeBytes: stats.size };
    } catch {
      // Another run was quicker.
    }
  }
  return undefined;
}

/** Gives a part its plain name back, for a later run to go on with; one that no server would go on with goes. */
export async function releasePart(part: Part, folder: string): Promise<void> {
  const isUseful = part.sizeBytes > 0 && ifRange(part.validator) !== undefined;
  // Best effort: what is not renamed is found again by its process being gone.
  if (isUseful) await rename(part.path, join(folder, partName(part.validator))).catch(() => {});
  else await rm(part.path, { force: true }).catch(() => {});
}

/** With what to ask for the rest of the same state. A weak tag does not promise the same bytes (RFC 9110, 13.1.5). */
export function ifRange({ etag, lastModified }: Validator): string | undefined {
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

/** Gives a whole file its name, and removes what else lies there unfinished. */
export async function finishPart(part: Part, folder: string, record: FetchRecord): Promise<string> {
  // Ours may not be taken for the record.
  const name = record.name === recordName ? `_${record.name}` : record.name;
  const path = join(folder, name);
  await withFileErrors(path, async () => {
    const older = await readKept(folder);
    await rm(join(folder, recordName), { force: true });
    await rename(part.path, path);
    if (older !== undefined && older.path !== path) await rm(older.path, { force: true });
    const temporary = join(folder, temporaryFileName());
    await writeFile(temporary, `${JSON.stringify({ ...record, name }, undefined, 2)}\n`);
    await rename(temporary, join(folder, recordName));
    // So that a file that came in pieces is not older than what it replaces.
    await utimes(path, new Date(), new Date());
    for (const other of await readdir(folder)) {
      const stats = await stat(join(folder, other)).catch(() => undefined);
      if (stats === undefined || other === name || other === recordName) continue;
      const isOurs = readPartName(other) !== undefined;
      if (isOurs && (!other.startsWith('.') || isLeftover(other, stats.mtimeMs))) {
        await rm(join(folder, other), { force: true });
      }
    }
  });
  return path;
}
