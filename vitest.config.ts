import { defineConfig } from 'vitest/config'

/** Tests that put a machine under load or share its cluster: one file at a time, so that what they measure is their own. */
const loaded = [
  'test/integration/engine-docker-deploy/**/*.test.ts',
  'test/integration/engine-kubernetes/**/*.test.ts',
  'test/integration/rollouts/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/chaos/**/*.test.ts',
]
const realParts = {
  globalSetup: ['packages/testkit/src/postgres-for-run.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
}

/** `unit` needs nothing and runs in `npm run check`; the others bring up real components and run in `npm test`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{apps,packages}/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          ...realParts,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: loaded,
          maxWorkers: 2,
        },
      },
      { test: { ...realParts, name: 'load', include: loaded, fileParallelism: false } },
    ],
  },
})
