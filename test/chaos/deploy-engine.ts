import { FailureError } from '@stevedore/contract'
import type { DeployEngine, Place, WorkContext } from '@stevedore/engine'
import { createFakeDeployEngine } from '@stevedore/engine/fake'
import { type Act, reachEngine } from './act.ts'
import type { Deed, Effect, Script } from './script.ts'

/** What runs of an app: how many replicas of each revision, and the percent of traffic that each gets. */
export interface World {
  replicas: Record<number, number>
  traffic: Record<number, number>
}

/** A place is the sum of the effects that were had on it, whoever had them: so it outlives every worker. */
export function readWorld(deeds: readonly Deed[], app: string): World {
  return listWorlds(deeds, app).at(-1) ?? emptyWorld
}

/** How an app stood after each effect. */
export function listWorlds(deeds: readonly Deed[], app: string): World[] {
  let world = emptyWorld
  return deeds
    .flatMap(({ effect }) => (effect?.app === app ? [effect] : []))
    .map((effect) => {
      world = changeWorld(world, effect)
      return world
    })
}

const emptyWorld: World = { replicas: {}, traffic: {} }

/** A revision without a replica is no longer there. */
function changeWorld({ replicas, traffic }: World, effect: Effect): World {
  if ('weights' in effect) return { replicas, traffic: effect.weights }
  const { [effect.revision]: _before, ...others } = replicas
  return { replicas: effect.count > 0 ? { ...others, [effect.revision]: effect.count } : others, traffic }
}

/** How each app stands now. */
export function followWorlds(script: Pick<Script, 'follow'>): (app: string) => World {
  const worlds = new Map<string, World>()
  const readOn = script.follow(({ effect }) => {
    if (effect) worlds.set(effect.app, changeWorld(worlds.get(effect.app) ?? emptyWorld, effect))
  })
  return (app) => {
    readOn()
    return worlds.get(app) ?? emptyWorld
  }
}

/** What of a script the deploy engine itself goes by; the rest is its acts'. */
type ToldScript = Pick<Script, 'follow' | 'pass' | 'areEnginesAway'>

/** Acts step by step, with weights behind a proxy. Each action works from what is there and does nothing where that is enough. */
export function createScriptedDeployEngine(script: ToldScript, act: Act): DeployEngine {
  const worldOf = followWorlds(script)
  const look = ({ app }: Place) => worldOf(app)

  const count = (place: Place, revision: number) => look(place).replicas[revision] ?? 0

  async function scaleDown(place: Place, revision: number, left: number, context: WorkContext): Promise<void> {
    if (count(place, revision) > left)
      await act('scale-down', 'scaled-down', context, { app: place.app, revision, count: left })
  }

  async function route(place: Place, weights: Record<number, number>, context: WorkContext): Promise<void> {
    const { replicas, traffic } = look(place)
    if (JSON.stringify(traffic) === JSON.stringify(weights)) return
    for (const revision of Object.keys(weights))
      if (!replicas[Number(revision)])
        throw new FailureError('never-healthy', { diagnosis: `r${revision} is not there` })
    await act('route', 'routed', context, { app: place.app, weights })
  }

  return {
    ...createFakeDeployEngine(),
    ...createCommands(script, act),
    listSites: () => [{ name: 'docker', ping: async () => reachEngine(script) }],
    async observe(place, signal) {
      await script.pass('observe', { jobId: place.app, attempt: 0 }, signal)
      reachEngine(script)
      const { replicas, traffic } = look(place)
      const present = Object.entries(replicas).flatMap(([revision, length]) =>
        Array.from({ length }, (_, index) => {
          return { name: `r${revision}-${index + 1}`, revision: Number(revision), healthy: true, state: 'running' }
        }),
      )
      return { replicas: present, traffic, drift: [] }
    },
    async scaleUp(release, wanted, context) {
      const { app, revision } = release
      if (count(release, revision) < wanted)
        await act('scale-up', 'scaled-up', context, { app, revision, count: wanted })
    },
    route,
    scaleDown,
    async finalize(release, keep, context) {
      await route(release, { [release.revision]: 100 }, context)
      for (const revision of Object.keys(look(release).replicas).map(Number))
        if (revision !== release.revision && !keep.includes(revision)) await scaleDown(release, revision, 0, context)
      await act('finalize', 'finalized', context)
    },
    async remove(place, context) {
      const { app } = place
      if (Object.keys(look(place).traffic).length > 0) await act('route', 'routed', context, { app, weights: {} })
      for (const revision of Object.keys(look(place).replicas)) await scaleDown(place, Number(revision), 0, context)
    },
  }
}

/** Each is made first and begun behind a fence of its own, as on Docker, and is over as soon as it has begun. */
function createCommands(
  script: ToldScript,
  act: Act,
): Pick<DeployEngine, 'startCommand' | 'followCommand' | 'removeCommand'> {
  const commandOf = followCommands(script)
  return {
    async startCommand(_release, _command, context) {
      const { jobId } = context
      if (!commandOf(jobId)) await act('make-command', 'made-command', context)
      if (commandOf(jobId) === 'begun') return
      await act('begin-command', 'begun-command', context, undefined, () => commandOf(jobId) === 'made')
    },
    async followCommand(_place, { jobId }) {
      reachEngine(script)
      return commandOf(jobId) && { exitCode: 0 }
    },
    async removeCommand(_place, context) {
      await act('clear', 'cleared', context)
    },
  }
}

/** What is there of each job's command now. */
function followCommands(script: Pick<Script, 'follow'>): (jobId: string) => 'made' | 'begun' | undefined {
  const commands = new Map<string, 'made' | 'begun'>()
  const readOn = script.follow(({ what, point, jobId }) => {
    if (what !== 'did') return
    if (point === 'make-command') commands.set(jobId, 'made')
    if (point === 'begin-command') commands.set(jobId, 'begun')
    if (point === 'clear') commands.delete(jobId)
  })
  return (jobId) => {
    readOn()
    return commands.get(jobId)
  }
}
