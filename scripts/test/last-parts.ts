import type { projects } from './run-project.ts'

/** Files of one project. */
export interface Part {
  project: (typeof projects)[number]
  files: readonly string[]
}

/**
 * The longest: what stops at every point, or tells a long story of what others show one by one. They run after all others, in this order,
 * as long as there is time: on a quiet machine, all of them.
 */
export const lastParts: readonly Part[] = [
  {
    project: 'integration',
    files: ['test/e2e/exec.test.ts', 'test/e2e/follow.test.ts', 'test/integration/server/roles.test.ts'],
  },
  { project: 'integration', files: ['test/chaos/crash-points.test.ts', 'test/chaos/upgrade.test.ts'] },
  { project: 'integration', files: ['test/e2e/examples.test.ts', 'test/e2e/composed.test.ts'] },
  { project: 'cluster', files: onCluster('examples', 'composed') },
  { project: 'cluster', files: onCluster('companions', 'processes', 'failures') },
  { project: 'integration', files: ['test/integration/rollouts/recovery-drill.test.ts', ...onDocker('every-stop')] },
  { project: 'cluster', files: onCluster('every-stop', 'manifests-beside') },
  {
    project: 'integration',
    files: [...onDocker('limits'), 'test/integration/engine-docker-images/contained.test.ts'],
  },
  {
    project: 'integration',
    files: ['test/integration/console/screens.test.ts', 'test/integration/api/foreign-text.test.ts'],
  },
  {
    project: 'integration',
    files: ['test/chaos/clock-jump.test.ts', ...onWorker('cut-connections', 'full-engine-disk')],
  },
  { project: 'cluster', files: onCluster('manifests-acts') },
]

function onWorker(...names: string[]): string[] {
  return names.map((name) => `test/integration/worker/${name}.test.ts`)
}

function onDocker(...names: string[]): string[] {
  return names.map((name) => `test/integration/engine-docker-deploy/${name}.test.ts`)
}

function onCluster(...names: string[]): string[] {
  return names.map((name) => `test/integration/engine-kubernetes/${name}.test.ts`)
}

/** Runs one part after the other. @param isLate after which none is begun any more @returns those that were not */
export async function runInTime(
  parts: readonly Part[],
  isLate: () => boolean,
  run: (part: Part) => Promise<unknown>,
): Promise<readonly Part[]> {
  for (const [index, part] of parts.entries()) {
    if (isLate()) return parts.slice(index)
    await run(part)
  }
  return []
}
