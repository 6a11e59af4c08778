import { type EnvironmentSpec, findUnshared, listProcesses, type Scale, suggest } from '@stevedore/contract'

export interface ScaleFault {
  /** The process. */
  name: string
  message: string
}

/** Why the replicas of a process cannot be replaced; undefined where they can. */
export function findRestartFault(settings: EnvironmentSpec, process: string): string | undefined {
  if (process === 'web')
    return isOfArgo(settings)
      ? 'Argo Rollouts has the replicas of web: restart all that runs, without a process'
      : undefined
  const all = listProcesses(settings)
  const found = all.find(({ name }) => name === process)
  if (!found && bringsOthers(settings)) return undefined
  if (!found) return nameUnknown(process, ['web', ...all.map(({ name }) => name)])
  return found.replicas === 0 ? `${process} has no replica: \`stevedore scale\` gives it some` : undefined
}

/** Why what runs with these settings cannot have these counts of replicas; [] where it can. */
export function findScaleFaults(settings: EnvironmentSpec, counts: Scale): ScaleFault[] {
  const names = ['web', ...listProcesses(settings).map(({ name }) => name)]
  return Object.entries(counts).flatMap(([name, count]) => {
    if (!names.includes(name) && bringsOthers(settings)) return []
    const message = names.includes(name) ? findFault(settings, name, count) : nameUnknown(name, names)
    return message === undefined ? [] : [{ name, message }]
  })
}

function nameUnknown(name: string, names: string[]): string {
  return `what runs has no process ${name}${suggest(name, names) || `; it has ${names.join(', ')}`}`
}

/** Which Deployments manifests brought, and what sizes them, the engine alone knows. */
function bringsOthers(settings: EnvironmentSpec): boolean {
  return settings.engine === 'kubernetes' && settings.manifests !== undefined
}

function findFault(settings: EnvironmentSpec, name: string, count: number): string | undefined {
  if (name !== 'web') return undefined
  const held = findUnshared(settings)
  if (held !== undefined && count !== 1)
    return `web has one replica, since only one may have its volume ${held} open; \`shared: true\` lets several`
  if (settings.engine !== 'kubernetes') return undefined
  if (settings.autoscale)
    return 'an autoscaler chooses how many replicas web has: change autoscale.min or autoscale.max in the spec'
  return isOfArgo(settings) ? 'Argo Rollouts has the replicas of web: change replicas in the spec' : undefined
}

function isOfArgo({ engine, strategy }: EnvironmentSpec): boolean {
  return engine === 'kubernetes' && strategy.type === 'canary' && strategy.controller === 'argo'
}
