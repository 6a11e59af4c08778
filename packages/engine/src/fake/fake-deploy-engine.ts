import { listFiles, listProcesses, listVolumes, type PlacedFile } from '@stevedore/contract'
import type { Change, DeployEngine, EngineTraits, FoundHost, Place, Release, TrafficSample } from '../deploy-engine.ts'
import { markContent } from '../kit/file-marks.ts'
import { endExec, execCommand, followCommand, removeCommand, startCommand } from './commands.ts'
import { findServiceDrift, listSeenServices, startService } from './companions.ts'
import { type FakeWorld, openFakeWorld, readOutput } from './deploy-world.ts'
import {
  bringCertificates,
  check,
  finalize,
  migrate,
  prepare,
  remove,
  restartProcess,
  rollProcesses,
  route,
  scaleDown,
  scaleUp,
  stopOthers,
} from './fake-actions.ts'
import { findLinkDrift, previewLinks } from './links.ts'

/**
 * A DeployEngine in memory, for tests of what drives one. It keeps to the conformance suite.
 * @param world shared by the engines of several workers
 */
export function createFakeDeployEngine({
  traits = { rolling: 'stepwise', weighting: 'proxy' },
  world = openFakeWorld(),
}: FakeDeployOptions = {}): DeployEngine {
  const own = { name: 'docker', ping: async () => {} }
  return {
    traits,
    listSites: () => [own],
    observe: async (place) => observe(world, place),
    preview: async (release) => preview(world, release),
    prepare: (release, context) => prepare(world, release, context),
    migrate: (release, context) => migrate(world, release, context),
    startCommand: (release, command, context) => startCommand(world, release, command, context),
    followCommand: (place, context, terminal) => followCommand(world, place, context, terminal),
    removeCommand: (place, context) => removeCommand(world, place, context),
    execCommand: (place, command, context) => execCommand(world, place, command, context),
    endExec: (place, _replica, context) => endExec(world, place, context),
    scaleUp: (release, count, context) => scaleUp(world, release, count, context),
    check: (release, context) => check(release, context),
    route: (place, weights, context) => route(world, place, weights, context),
    scaleDown: (place, revision, count, context) => scaleDown(world, place, revision, count, context),
    async roll(release, context) {
      // As a Deployment of this strategy does.
      if (release.settings.strategy.type === 'recreate') await stopOthers(world, release, context)
      await scaleUp(world, release, release.settings.replicas, context)
      await finalize(world, release, [], context)
    },
    startService: (companion, context) => startService(world, companion, context),
    rollProcesses: (release, context) => rollProcesses(world, release, context),
    restartProcess: (release, process, context) => restartProcess(world, release, process, context),
    finalize: (release, keep, context) => finalize(world, release, keep, context),
    sample: async (place, revision) => sample(world, place, revision),
    bringCertificates: (store, context) => bringCertificates(world, store, context),
    listPlaces: async () => listPlaces(world),
    logs: (place, options, signal) => readOutput(world.place(place), options, signal),
    listVolumes: async (place) => [...world.place(place).volumes.keys()].toSorted(),
    remove: (place, context, options) => remove(world, place, context, options),
  }
}

export interface FakeDeployOptions {
  traits?: EngineTraits
  world?: FakeWorld
}

function observe(world: FakeWorld, place: Place) {
  const { replicas, traffic } = world.place(place)
  return {
    replicas: replicas.map(({ busy: _busy, behaviour: _behaviour, files: _files, env: _env, job: _job, ...seen }) => {
      return { ...seen, state: 'running' }
    }),
    ...listSeenServices(world, place),
    traffic: { ...traffic },
    drift: [...findServiceDrift(world, place), ...findLinkDrift(world, place)],
    address: `http://${place.app}.test`,
  }
}

function listPlaces(world: FakeWorld): FoundHost[] {
  const places = world.list().map(({ app, environment, replicas, traffic }) => ({
    ...{ app, environment, replicas: replicas.length },
    revisions: [...new Set(replicas.map(({ revision }) => revision))].toSorted((a, b) => a - b),
    claims: Object.keys(traffic).length > 0 ? [`host ${app}.test`] : [],
  }))
  return [{ host: 'fake', places }]
}

function preview(world: FakeWorld, release: Release) {
  const { replicas } = world.place(release)
  const processes = listProcesses(release.settings).map(({ name }) => {
    return { action: 'create' as const, object: `process ${name} r${release.revision}`, fields: [] }
  })
  const created = { action: 'create' as const, object: `replica r${release.revision}`, fields: [] }
  const { volumes } = world.place(release)
  return [
    ...listVolumes(release.settings)
      .filter(({ name }) => !volumes.has(name))
      .map(({ name }) => ({ action: 'create' as const, object: `volume ${name}`, fields: [] })),
    { ...created, fields: [{ field: 'image', to: release.image }, ...compareFiles(replicas[0]?.files ?? [], release)] },
    ...processes,
    ...previewLinks(world, release),
    ...replicas
      .filter(({ revision }) => revision !== release.revision)
      .map(({ name }) => ({ action: 'delete' as const, object: `replica ${name}`, fields: [] })),
  ]
}

function compareFiles(before: PlacedFile[], { settings }: Release): Change['fields'] {
  const mark = (all: PlacedFile[]) => new Map(all.map(({ path, content }) => [path, markContent(content)]))
  const [old, next] = [mark(before), mark(listFiles(settings))]
  return [...new Set([...old.keys(), ...next.keys()])].map((path) => {
    const [from, to] = [old.get(path), next.get(path)]
    return { field: `file ${path}`, ...(from && { from }), ...(to && { to }) }
  })
}

function sample(world: FakeWorld, place: Place, revision: number): TrafficSample {
  const { requests, errors } = world.place(place).counts[revision] ?? { requests: 0, errors: 0 }
  return { requests, errors, latencyMs: requests > 0 ? 1 : undefined }
}
