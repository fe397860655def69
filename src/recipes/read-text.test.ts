import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTextFile } from './read-text.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-text-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('reads a text, and refuses one that is too large or missing', async () => {
  const path = join(folder, 'words.srt');
  await writeFile(path, 'zwölf');
  expect(await readTextFile(path, { maxBytes: 6 })).toBe('zwölf');
  await expect(readTextFile(path, { maxBytes: 5 })).rejects.toMatchObject({ code: 'input.too_large' });
  await expect(readTextFile(join(folder, 'x'), { maxBytes: 5 })).rejects.toMatchObject({
    code: 'not_found.file',
  });
});

it('refuses what may never end: a folder, a pipe that nobody writes to, a device', async (context) => {
  const limits = { maxBytes: 100 };
  await expect(readTextFile(folder, limits)).rejects.toMatchObject({ code: 'input.not_a_file' });
  if (process.platform === 'win32') return context.skip('Windows has no pipes and devices among its files');
  const pipe = join(folder, 'pipe.srt');
  execFileSync('mkfifo', [pipe]);
  await expect(readTextFile(pipe, limits)).rejects.toMatchObject({ code: 'input.not_a_file' });
  await expect(readTextFile('/dev/zero', limits)).rejects.toMatchObject({ code: 'input.not_a_file' });
});
