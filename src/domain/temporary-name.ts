import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * What files and folders are called until they are finished. The name says whose they are, so that a later run can remove
 * what a killed one left: process ids mean something on one machine only, and a folder may be shared by several.
 */

/** Older ones belong to nobody any more, wherever their process ran: the longest render is shorter. In ms. */
export const staleAfterMs = 24 * 60 * 60 * 1000;

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

const namePattern = /^\.?pivot-(?:[a-z]+-)?([0-9a-f]{8})-(\d{1,10})-.+/u;

/** A name that no other file has: hidden, for a file that gets its own name when it is whole. */
export function temporaryFileName(ending = ''): string {
  return `.pivot-${machine}-${process.pid}-${randomUUID()}.part${ending}`;
}

/** The beginning of the name of a folder for what nobody keeps; `kind` (lower-case letters) says what is in it. */
export function temporaryFolderPrefix(kind: string): string {
  return `pivot-${kind}-${machine}-${process.pid}-`;
}

/** Whether this is the name of something unfinished, whoever makes it. */
export function isTemporaryName(name: string): boolean {
  return namePattern.test(name);
}

/** Whether what bears this name was left behind: its process is gone, or it is older than a day. False for other names. */
export function isLeftover(name: string, modifiedAtMs: number): boolean {
  const [, owner, pid] = namePattern.exec(name) ?? [];
  if (owner === undefined || pid === undefined) return false;
  if (Date.now() - modifiedAtMs > staleAfterMs) return true;
  return owner === machine && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process runs too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
