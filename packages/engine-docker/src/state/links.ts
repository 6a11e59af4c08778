import { listLinks, nameLinked } from '@stevedore/contract'
import { labelKeys, type Observation, type Place } from '@stevedore/engine'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { placeFilter } from '../spec/labels.ts'

/** What stands for another app in an environment's own network. */
export interface LinkContainer {
  id: string
  name: string
  /** `APP/ENVIRONMENT` */
  to: string
  /** Docker's word. */
  state: string
}

/** Also those that its settings no longer name. */
export async function listLinkContainers({ docker, network }: Host, place: Place): Promise<LinkContainer[]> {
  const filters = placeFilter(network, place, 'link')
  const found = await callEngine(() => docker.listContainers({ all: true, filters }))
  return found.map(({ Id, Names, Labels, State }) => {
    return { id: Id, name: (Names[0] ?? Id).replace(/^\//, ''), to: Labels[labelKeys.link] ?? '', state: State }
  })
}

/** Links of the settings that do not stand. */
export async function findLinkDrift(host: Host, place: Place): Promise<Observation['drift']> {
  const wanted = listLinks(place.settings, place.environment)
  if (wanted.length === 0) return []
  const found = new Map((await listLinkContainers(host, place)).map(({ to, state }) => [to, state]))
  return wanted
    .map((to) => ({ to, state: found.get(nameLinked(to)) }))
    .filter(({ state }) => state !== 'running')
    .map(({ to, state = 'absent' }) => ({ field: `link ${to.app}`, wanted: 'running', found: state }))
}
