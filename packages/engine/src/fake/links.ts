import { listCallers, listLinks, nameLinked } from '@stevedore/contract'
import type { Change, Observation, Place } from '../deploy-engine.ts'
import type { WorkContext } from '../work-context.ts'
import type { FakeAnswer, FakeWorld } from './deploy-world.ts'

const linksOf = ({ environment, settings }: Place) => listLinks(settings, environment).map(nameLinked)

export async function bringLinks(world: FakeWorld, place: Place, { fence }: WorkContext): Promise<void> {
  const { links } = world.place(place)
  for (const to of linksOf(place)) {
    if (links.has(to)) continue
    await fence()
    links.add(to)
  }
}

/** Its links and no others. */
export async function keepLinks(world: FakeWorld, place: Place, context: WorkContext): Promise<void> {
  await bringLinks(world, place, context)
  const { links } = world.place(place)
  const wanted = linksOf(place)
  for (const to of [...links].filter((one) => !wanted.includes(one))) {
    await context.fence()
    links.delete(to)
  }
}

/** With the route of a revision come those whom it lets in. */
export function letIn(world: FakeWorld, place: Place): void {
  world.place(place).callers = new Set(listCallers(place.settings, place.environment).map(nameLinked))
}

export function findLinkDrift(world: FakeWorld, place: Place): Observation['drift'] {
  const { links, traffic } = world.place(place)
  if (Object.keys(traffic).length === 0) return []
  return linksOf(place)
    .filter((to) => !links.has(to))
    .map((to) => ({ field: `link ${to.split('/')[0]}`, wanted: 'running', found: 'absent' }))
}

export function previewLinks(world: FakeWorld, place: Place): Change[] {
  const { links } = world.place(place)
  const wanted = linksOf(place)
  return [
    ...wanted
      .filter((to) => !links.has(to))
      .map((to) => ({ action: 'create' as const, object: `link ${to}`, fields: [] })),
    ...[...links]
      .filter((to) => !wanted.includes(to))
      .map((to) => ({ action: 'delete' as const, object: `link ${to}`, fields: [] })),
  ]
}

type Name = Pick<Place, 'app' | 'environment'>

/** A request of one place to another by its link; rejects where either side does not have it. */
export async function askByLink(world: FakeWorld, from: Name, to: Name): Promise<FakeAnswer> {
  const isLinked = world.place(from).links.has(nameLinked(to)) && world.place(to).callers.has(nameLinked(from))
  if (!isLinked) throw new Error(`${nameLinked(from)} does not reach ${nameLinked(to)}`)
  return world.request(to, '/')
}
