import { expect, it } from 'vitest';
import { measureSlowPan } from '../../../test/fixtures/slow-pan.ts';

it('a slow move is rendered where it was planned, to less than half a pixel at every frame', async () => {
  const { fastestPx, farthestPx, stepPx } = await measureSlowPan();
  expect(fastestPx).toBeGreaterThan(0.5);
  expect(farthestPx).toBeLessThan(0.5);
  expect(stepPx).toBeLessThan(0.5);
  // A camera that goes by whole pixels of its source is found out.
  const rough = await measureSlowPan((crop) => ({ ...crop, x: Math.round(crop.x), y: Math.round(crop.y) }));
  expect(rough.farthestPx).toBeGreaterThan(2 * farthestPx);
});
