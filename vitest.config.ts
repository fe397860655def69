import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // These fetch other people's programs: `npm run test:services`.
    exclude: ['test/services/**'],
    // Media tests start child processes of their own: two at a time is what two cores carry.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
