import { readFile, stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { locateWeights, weightFiles, type WeightsName } from './weights.ts';

it.each(Object.keys(weightFiles) as WeightsName[])(
  'finds every file of %s, its licence too',
  async (name) => {
    const paths = locateWeights(name);
    expect(Object.keys(paths)).toEqual(Object.keys(weightFiles[name].files));
    for (const path of Object.values(paths)) expect((await stat(path)).size).toBeGreaterThan(500);
    expect(await readFile(paths['LICENSE']!, 'utf8')).toMatch(/MIT License|Apache License/iu);
  },
);
