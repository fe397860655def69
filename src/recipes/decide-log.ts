import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '../domain/file-error.ts';
import { decisionSchema, type Decision } from '../domain/decision.ts';

/** Every decision about the clips of a folder, a line each. */
export const decisionsName = 'decisions.jsonl';

/** The decisions of a folder, in the order in which they were taken; a line that is damaged (or of a newer version) is left out. */
export async function readDecisions(folder: string): Promise<Decision[]> {
  const path = join(folder, decisionsName);
  const text = await withFileErrors(path, () => readFile(path, 'utf8')).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'not_found.file') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const parsed = decisionSchema.safeParse(parseLine(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Adds a decision. It is on disk when this returns; after a crash in the middle of it, the broken line is closed by the next
 * one and read by nobody.
 */
export async function appendDecision(folder: string, decision: Decision): Promise<void> {
  const path = join(folder, decisionsName);
  await withFileErrors(path, async () => {
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      const isBroken = size > 0 && last[0] !== 0x0a;
      await file.appendFile(`${isBroken ? '\n' : ''}${JSON.stringify(decision)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}
