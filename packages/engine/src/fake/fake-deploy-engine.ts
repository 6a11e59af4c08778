import { FailureError } from '@stevedore/contract'
import type { DeployEngine, EngineTraits, Place, Release } from '../deploy-engine.ts'
import { type FakeWorld, findStartFailure, openFakeWorld, readBehaviour, readOutput } from './deploy-world.ts'
import { migrate, route, scaleDown, scaleUp, settle } from './fake-actions.ts'

/**
 * A DeployEngine in memory, for tests of what drives one. It keeps to the conformance suite.
 * @param world shared by the engines of several workers
 */
export function createFakeDeployEngine({
  traits = { rolling: 'stepwise', weighting: 'proxy' },
  world = openFakeWorld(),
}: FakeDeployOptions = {}): DeployEngine {
  const engine: DeployEngine = {
    traits,
    observe: async (place) => observe(world, place),
    preview: async (release) => preview(world, release),
    prepare: async (release, context) => {
      context.signal.throwIfAborted()
      const failure = findStartFailure(release, '')
      if (failure?.code === 'image-missing') throw failure
    },
    migrate: (release, context) => migrate(world, release, context),
    scaleUp: (release, count, context) => scaleUp(world, release, count, context),
    check: async (release, { fence }) => {
      await fence()
      if (readBehaviour(release) === 'check-fails') throw new FailureError('check-failed', { diagnosis: '500 broken' })
    },
    route: (place, weights, context) => route(world, place, weights, context),
    scaleDown: (place, revision, count, context) => scaleDown(world, place, revision, count, context),
    async roll(release, context) {
      await scaleUp(world, release, release.settings.replicas, context)
      await settle(world, release, [], context)
    },
    settle: (release, keep, context) => settle(world, release, keep, context),
    async sample(place, revision) {
      const { requests, errors } = world.place(place).counts[revision] ?? { requests: 0, errors: 0 }
      return { requests, errors, latencyMs: requests > 0 ? 1 : undefined }
    },
    logs: (place, options, signal) => readOutput(world.place(place), options, signal),
    async remove(place, context) {
      const revisions = new Set(world.place(place).replicas.map(({ revision }) => revision))
      for (const revision of revisions) await scaleDown(world, place, revision, 0, context)
      world.place(place).migrated.clear()
    },
  }
  return engine
}

export interface FakeDeployOptions {
  traits?: EngineTraits
  world?: FakeWorld
}

function observe(world: FakeWorld, place: Place) {
  const { replicas, traffic } = world.place(place)
  return {
    replicas: replicas.map(({ name, revision, healthy }) => ({ name, revision, healthy, state: 'running' })),
    traffic: { ...traffic },
    drift: [],
    address: `http://${place.app}.test`,
  }
}

function preview(world: FakeWorld, release: Release) {
  const { replicas } = world.place(release)
  const created = { action: 'create' as const, object: `replica r${release.revision}`, fields: [] }
  return [
    { ...created, fields: [{ field: 'image', to: release.image }] },
    ...replicas
      .filter(({ revision }) => revision !== release.revision)
      .map(({ name }) => ({ action: 'delete' as const, object: `replica ${name}`, fields: [] })),
  ]
}
