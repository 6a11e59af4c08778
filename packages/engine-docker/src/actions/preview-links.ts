import { listLinks, nameLinked } from '@stevedore/contract'
import type { Change, Place } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { listLinkContainers } from '../state/links.ts'

/** What comes and goes of what stands for linked apps. */
export async function previewLinks(host: Host, place: Place): Promise<Change[]> {
  const wanted = listLinks(place.settings, place.environment).map(nameLinked)
  const present = (await listLinkContainers(host, place)).map(({ to }) => to)
  const change = (action: 'create' | 'delete', to: string): Change => ({ action, object: `link ${to}`, fields: [] })
  return [
    ...wanted.filter((to) => !present.includes(to)).map((to) => change('create', to)),
    ...present.filter((to) => !wanted.includes(to)).map((to) => change('delete', to)),
  ]
}
