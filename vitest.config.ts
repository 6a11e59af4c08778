import { defineConfig } from 'vitest/config'

/** Tests that wait on a cluster far more than they work. */
const cluster = ['test/integration/engine-kubernetes/**/*.test.ts']
/** Tests under constant load: one file at a time, and nothing beside them. */
const load = [
  'test/integration/rollouts/**/*.test.ts',
  'test/integration/engine-docker-deploy/{load,connections}.test.ts',
]
const patient = { testTimeout: 120_000, hookTimeout: 120_000 }
const realParts = { ...patient, globalSetup: ['packages/testkit/src/postgres-for-run.ts'] }
/** What a file needs is in its own tests, never left in a module: so files of one process share what was imported. */
const shared = { isolate: false }

/** `unit` needs nothing and runs in `npm run check`; the others bring up real components and run in `npm test`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['{apps,packages}/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          ...shared,
          ...realParts,
          name: 'integration',
          include: ['test/{integration,e2e,chaos}/**/*.test.ts'],
          exclude: [...cluster, ...load],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...shared,
          ...patient,
          name: 'cluster',
          globalSetup: ['packages/testkit/src/cluster-for-run.ts'],
          include: cluster,
          maxWorkers: 3,
        },
      },
      { test: { ...shared, ...realParts, name: 'load', include: load, fileParallelism: false } },
    ],
  },
})
