import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // These fetch other people's programs: `npm run test:services`.
    exclude: ['test/services/**'],
    // Media tests start child processes of their own: two at a time is what two cores carry.
    maxWorkers: 2,
    pool: 'forks',
    // What the processes that tests start have compiled is there for the next ones, as it is under bin/pivot.js.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
