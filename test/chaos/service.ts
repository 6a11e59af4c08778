import { expect } from 'vitest'
import { listWorlds, readWorld } from './deploy-engine.ts'
import type { Script } from './script.ts'

/** What a job changed of its app, in order and in words: a revision's replicas, or the traffic. */
export function listEffects(script: Script, jobId: string): string[] {
  const effects = script.deeds().flatMap((deed) => (deed.jobId === jobId && deed.effect ? [deed.effect] : []))
  return effects.map((effect) =>
    'weights' in effect
      ? Object.entries(effect.weights)
          .map(([revision, percent]) => `r${revision} ${percent}%`)
          .join(' ')
      : `r${effect.revision} x${effect.count}`,
  )
}

/** From its first traffic on an app is served after every single effect, by replicas that are there, with weights that sum to 100. */
function assertServed(script: Script, app: string): void {
  const worlds = listWorlds(script.deeds(), app)
  const served = worlds.slice(worlds.findIndex(({ traffic }) => Object.keys(traffic).length > 0))
  for (const [index, { replicas, traffic }] of served.entries()) {
    const percents = Object.values(traffic)
    const without = Object.keys(traffic).filter((revision) => !replicas[Number(revision)])
    expect({ index, sum: percents.reduce((sum, percent) => sum + percent, 0), without }).toEqual({
      index,
      sum: 100,
      without: [],
    })
  }
}

/** @param present the replicas that are left, by revision */
export function assertRuns(script: Script, app: string, revision: number, present: Record<number, number>): void {
  const { replicas, traffic } = readWorld(script.deeds(), app)
  const left = Object.fromEntries(Object.entries(replicas).filter(([, count]) => count > 0))
  expect({ traffic, left }).toEqual({ traffic: { [revision]: 100 }, left: present })
  assertServed(script, app)
}

/** What holds data of its own: one replica of one revision at a time, and in the end this one, which serves. */
export function assertHeldByOne(script: Script, app: string, revision: number): void {
  const held = listWorlds(script.deeds(), app).map(({ replicas }) =>
    Object.values(replicas).reduce((sum, count) => sum + count, 0),
  )
  expect(Math.max(...held)).toBe(1)
  const { replicas, traffic } = readWorld(script.deeds(), app)
  expect({ traffic, count: replicas[revision] }).toEqual({ traffic: { [revision]: 100 }, count: 1 })
}
