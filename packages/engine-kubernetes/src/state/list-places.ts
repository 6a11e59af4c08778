import type { FoundHost, FoundPlace } from '@stevedore/engine'
import type { ObjectOfKind } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { keys } from '../spec/labels.ts'

/** A namespace that places are in. The Role is of namespaces, so in no other can be looked. */
export interface Ground {
  /** As an operator would call it: `namespace shop`, with its context where one is named. */
  name: string
  open(signal: AbortSignal): NamespaceReader
}

/** One that does not answer keeps nothing of the others from being told. */
export async function listGrounds(grounds: readonly Ground[], signal: AbortSignal): Promise<FoundHost[]> {
  const looks = await Promise.allSettled(grounds.map((ground) => listPlaces(ground, signal)))
  return looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []))
}

type Labelled = Pick<ObjectOfKind['Pod'], 'metadata'>

/** What a namespace has of any place: pods, and ways in, which outlive them. What was adopted bears no place's name. */
async function listPlaces({ name, open }: Ground, signal: AbortSignal): Promise<FoundHost> {
  const reader = open(signal)
  const labels = { [keys.managedBy]: 'stevedore' }
  const [all, ingresses] = await Promise.all([reader.list('Pod', { labels }), reader.list('Ingress', { labels })])
  const pods = all.filter(({ metadata }) => !metadata.deletionTimestamp)
  const byPlace = Map.groupBy<string, Labelled>([...pods, ...ingresses], nameOf)
  const places = [...byPlace].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key]) => toPlace(key, pods, ingresses))
  return { host: name, places }
}

/** `APP.ENVIRONMENT`; neither has a dot. */
function nameOf({ metadata: { labels = {} } }: Labelled): string {
  return `${labels[keys.app] ?? ''}.${labels[keys.environment] ?? labels[keys.processOf] ?? ''}`
}

function toPlace(key: string, pods: ObjectOfKind['Pod'][], ingresses: ObjectOfKind['Ingress'][]): FoundPlace[] {
  const [app, environment] = key.split('.')
  // The pods of migrations and checks are of no place.
  if (!app || !environment) return []
  const own = pods.filter((pod) => nameOf(pod) === key)
  const numbers = new Set(own.map(({ metadata }) => Number(metadata.labels?.[keys.revision])))
  const hosts = ingresses.filter((one) => nameOf(one) === key).flatMap(({ spec }) => (spec.rules ?? []).map(nameHost))
  return [
    {
      app,
      environment,
      replicas: own.length,
      revisions: [...numbers].filter(isRevision).toSorted((a, b) => a - b),
      claims: [...new Set(hosts)].map((host) => `host ${host}`),
    },
  ]
}

function nameHost({ host = '*' }: { host?: string }): string {
  return host
}

/** Labels are written by whoever may write pods. */
function isRevision(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 2 ** 31
}
