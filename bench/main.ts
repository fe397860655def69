import { readdir, readFile } from 'node:fs/promises';

/**
 * Runs a measurement: `npm run bench -- <subject> [arguments]`. A subject is a file beside this one that exports
 * `run(args)`; the first line of its first comment says what it measures.
 */

const notSubjects = new Set(['main.ts']);

const folder = new URL('.', import.meta.url);
const names = (await readdir(folder))
  .filter((name) => name.endsWith('.ts') && !name.includes('.test.') && !notSubjects.has(name))
  .toSorted();

/** A subject's module, or undefined when the file is only a part of one. */
async function openSubject(name: string): Promise<{ run(args: string[]): Promise<void> } | undefined> {
  const module: { run?: unknown } = await import(new URL(name, folder).href);
  return typeof module.run === 'function' ? (module as { run(args: string[]): Promise<void> }) : undefined;
}

const [subject, ...args] = process.argv.slice(2);
if (subject !== undefined && names.includes(`${subject}.ts`)) {
  const module = await openSubject(`${subject}.ts`);
  if (module === undefined) {
    console.error(`bench/${subject}.ts has no run(args).`);
    process.exitCode = 2;
  } else await module.run(args);
} else {
  if (subject !== undefined) {
    console.error(`There is no bench "${subject}".\n`);
    process.exitCode = 2;
  }
  console.log('npm run bench -- <subject> [arguments]\n');
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8');
    if (!/export (?:async )?function run\b/u.test(text)) continue;
    const comment = /\/\*\*\s*\n?\s*\*?\s*([\s\S]*?)(?:\n|\*\/)/u.exec(text)?.[1]?.trim() ?? '';
    console.log(`  ${name.slice(0, -3).padEnd(18)} ${comment}`);
  }
}
