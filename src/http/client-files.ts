import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

/** In a checkout the page's modules are TypeScript, in an installed package JavaScript: their ending is that of this file. */
export const clientEnding = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

const clientFolder = fileURLToPath(new URL('client/', import.meta.url));

/** One of the page's modules as JavaScript; undefined when there is none of that name. */
export async function readClientFile(name: string): Promise<string | undefined> {
  // A name of the folder's listing and nothing else: no path of a request ever reaches the disk.
  const known = (await readdir(clientFolder)).find(
    (file) => file === name && file.endsWith(clientEnding) && !file.endsWith('.d.ts'),
  );
  if (known === undefined) return undefined;
  const text = await readFile(new URL(known, new URL('client/', import.meta.url)), 'utf8');
  return clientEnding === '.ts' ? stripTypes(text) : text;
}

/** Node warns once that this is new, in the terminal of somebody who reviews clips: the call is synchronous, so only that is held back. */
function stripTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
