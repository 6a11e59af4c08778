import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests that wait on a cluster far more than they work. */
const cluster = ['test/integration/engine-kubernetes/**/*.test.ts']
/** Tests under constant load: one file at a time, and nothing beside them. */
const load = [
  // A story that others may be at work beside.
  'test/integration/rollouts/!(recovery-drill).test.ts',
  'test/integration/engine-docker-deploy/{load,connections}.test.ts',
]
/** Stevedore itself in a cluster, where its pods ask for most of a small node. Not of `npm test`, whose time is bounded: run it by its name. */
const inCluster = ['test/integration/on-kubernetes/**/*.test.ts']
/** What `npm test` runs by itself, after all the rest. */
const without = process.env.STEVEDORE_TESTS_WITHOUT?.split(' ').filter(Boolean) ?? []
// Only what hangs reaches it: a machine three times slower, with others at work on it, does not.
const patient = { testTimeout: 300_000, hookTimeout: 300_000 }
const realParts = { ...patient, globalSetup: ['packages/testkit/src/postgres-for-run.ts'] }
/** What a file needs is in its own tests, never left in a module: so files of one process share what was imported. */
const shared = { isolate: false }

/** What takes minutes, whatever its size: begun late, each would run on alone. */
const long =
  /\/(conformance|chaos\/upgrade|server\/(up|roles)|rollouts\/recovery-drill|engine-\w+(-deploy)?\/every-stop|engine-docker-images\/contained|e2e\/\w+|worker\/engine-away)\.test\.ts$/

/** Files are begun by size, the largest first, but these before them. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId)
    const bySize = await super.sort(files)
    return [...bySize.filter(isLong), ...bySize.filter((file) => !isLong(file))]
  }
}

/** `unit` needs nothing and runs in `npm run check`; the others bring up real components and run in `npm test`. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    // Of the tests that may run side by side in one file: a cluster that starves drops requests by itself.
    maxConcurrency: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // By itself, one processor of two would be left to whoever sits before it.
          maxWorkers: '100%',
          // On a busy machine what takes half a second elsewhere has taken eight.
          testTimeout: 60_000,
          include: ['{apps,packages}/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          ...shared,
          ...realParts,
          name: 'integration',
          include: ['test/{integration,e2e,chaos,simulation}/**/*.test.ts'],
          exclude: [...cluster, ...load, ...inCluster, ...without],
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
          exclude: without,
          maxWorkers: 2,
        },
      },
      { test: { ...shared, ...realParts, name: 'load', include: load, exclude: without, fileParallelism: false } },
      {
        test: {
          ...shared,
          ...patient,
          name: 'in-cluster',
          globalSetup: ['packages/testkit/src/cluster-for-run.ts'],
          include: inCluster,
        },
      },
    ],
  },
})
