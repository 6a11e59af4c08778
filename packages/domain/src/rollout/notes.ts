import { countReplicas, type EnvironmentSpec, listProcesses, listVolumes, type Scale } from '@stevedore/contract'
import { pickStrategy } from './pick-strategy.ts'

/** The revision that serves now. */
interface Serving {
  number: number
  settings: EnvironmentSpec
  /** Counts that were asked for since it was deployed, which its settings have. */
  scale?: Scale | null
}

/** What a deploy comes to that no single change tells, in sentences. */
export function noteRollout(settings: EnvironmentSpec, serving: Serving | undefined): string[] {
  return [
    ...noteStop(settings, serving),
    ...notePlace(settings),
    ...noteLeft(settings, serving),
    ...noteProcesses(settings, serving),
    ...noteScale(settings, serving),
  ]
}

function noteStop(settings: EnvironmentSpec, serving: Serving | undefined): string[] {
  if (!serving || pickStrategy(settings, serving.settings).type !== 'recreate') return []
  return [
    `stops the old before it starts the new: nothing serves between the end of revision ${serving.number} and that`,
  ]
}

function notePlace(settings: EnvironmentSpec): string[] {
  const hosts = settings.engine === 'docker' ? (settings.hosts ?? []) : []
  if (hosts.length < 2 || listVolumes(settings).length === 0) return []
  return [`runs on one of ${hosts.join(', ')}: on the one that has its volumes, or on the first where none has`]
}

function noteLeft(settings: EnvironmentSpec, serving: Serving | undefined): string[] {
  const kept = new Set(listVolumes(settings).map(({ name }) => name))
  const left = serving ? listVolumes(serving.settings).filter(({ name }) => !kept.has(name)) : []
  return left.map(({ name }) => `leaves the volume ${name} with what is in it, which the new settings do not name`)
}

function noteProcesses(settings: EnvironmentSpec, serving: Serving | undefined): string[] {
  const kept = listProcesses(settings).map(({ name }) => name)
  const left = serving ? listProcesses(serving.settings).filter(({ name }) => !kept.includes(name)) : []
  const rolled = `replaces its processes (${kept.join(', ')}) once web serves in full: no weight of a strategy is theirs`
  return [
    ...(kept.length > 0 ? [rolled] : []),
    ...left.map(({ name }) => `ends the process ${name}, which the new settings do not name`),
  ]
}

/** What was scaled by hand does not outlast the next deploy. */
export function noteScale(settings: EnvironmentSpec, serving: Serving | undefined): string[] {
  if (!serving?.scale) return []
  const [before, after] = [countReplicas(serving.settings), countReplicas(settings)]
  const changes = Object.keys(serving.scale)
    .filter((name) => Object.hasOwn(after, name) && after[name] !== before[name])
    .map((name) => `${name} from ${before[name]} to ${after[name]}`)
  const hasOthers = serving.settings.engine === 'kubernetes' && serving.settings.manifests !== undefined
  const brought = Object.entries(serving.scale).filter(([name]) => hasOthers && !Object.hasOwn(before, name))
  return [
    ...(changes.length > 0
      ? [`ends the scale that was asked for: ${changes.join(', ')} replicas, as the spec says`]
      : []),
    ...(brought.length > 0
      ? [`ends the scale that was asked for: ${writeCounts(brought)} no longer, but as the manifests say`]
      : []),
  ]
}

function writeCounts(counts: [string, number][]): string {
  return counts.map(([name, count]) => `${name}=${count}`).join(', ')
}
