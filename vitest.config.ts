import { defineConfig } from 'vitest/config'

/** Tests that wait on a cluster far more than they work. */
const cluster = ['test/integration/engine-kubernetes/**/*.test.ts']
/** Tests under constant load, one file at a time: what they measure is their own. */
const load = ['test/integration/engine-docker-deploy/**/*.test.ts', 'test/integration/rollouts/**/*.test.ts']
const patient = { testTimeout: 120_000, hookTimeout: 120_000 }
const realParts = { ...patient, globalSetup: ['packages/testkit/src/postgres-for-run.ts'] }

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
          exclude: [...cluster, ...load],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...patient,
          name: 'cluster',
          globalSetup: ['packages/testkit/src/cluster-for-run.ts'],
          include: cluster,
          maxWorkers: 2,
        },
      },
      { test: { ...realParts, name: 'load', include: load, fileParallelism: false } },
      { test: { ...realParts, name: 'chaos', include: ['test/{e2e,chaos}/**/*.test.ts'], fileParallelism: false } },
    ],
  },
})
