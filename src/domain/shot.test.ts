import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shotListSchema } from './shot.ts';

test('the shots in docs/looking.md are what the command writes', () => {
  const page = readFileSync(new URL('../../docs/looking.md', import.meta.url), 'utf8');
  const example = /```json shots\n(.*?)```/su.exec(page)?.[1] ?? '';
  expect(shotListSchema.safeParse(JSON.parse(example)).error?.issues ?? []).toEqual([]);
});
