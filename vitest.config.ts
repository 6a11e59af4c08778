import { defineConfig } from 'vitest/config'

/**
 * `unit` needs nothing and runs in `npm run check`; `integration` brings up real components and runs in `npm test`.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{apps,packages}/*/src/**/*.test.ts', 'test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/postgres-for-run.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
