import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

it('every rule of the gate stands in docs/checking.md', async () => {
  const text = await readFile(join(root, 'docs/checking.md'), 'utf8');
  const rules = new Set<string>();
  for (const folder of ['src/stages/gate', 'src/stages/check']) {
    for (const name of await readdir(join(root, folder))) {
      if (name.endsWith('.test.ts')) continue;
      const code = await readFile(join(root, folder, name), 'utf8');
      for (const [, rule] of code.matchAll(/\brule: '([a-z_]+)'/gu)) if (rule !== undefined) rules.add(rule);
      for (const [, rule] of code.matchAll(/\bstop\(\s*'([a-z_]+)'/gu))
        if (rule !== undefined) rules.add(rule);
    }
  }
  expect(rules.size).toBeGreaterThan(30);
  expect([...rules].filter((rule) => !text.includes(`\`${rule}\``))).toEqual([]);
});
