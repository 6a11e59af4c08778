import {
  type Contact,
  isContactAllowed,
  locateRegistry,
  normalizeHost,
  type ProblemError,
  type ResolvedJob,
  refuseFaults,
} from '@stevedore/contract'
import type { Facts } from './facts.ts'
import { listRegistries } from './find-rebind.ts'

/** Where registries and metrics may be on private networks. */
interface OpenPlaces {
  /** Host names and addresses that the operator lists, on every port. */
  allowedHosts: readonly string[]
  /** Those that who administers the server has named, each with its port. */
  vouched: readonly string[]
}

/** Whether a registry or metrics may be asked, as far as a name tells: where a public one leads to is judged when it is asked. */
export function isOpen(
  { host, places }: Pick<Contact, 'host' | 'places'>,
  { allowedHosts, vouched }: OpenPlaces,
): boolean {
  const isVouched = places.some((place) => vouched.includes(place))
  return isContactAllowed(host, isVouched ? [...allowedHosts, normalizeHost(host)] : allowedHosts)
}

/** The refusal of a job that would push where no worker may: known before anything is built. */
export async function refuseClosedRegistry(
  facts: Pick<Facts, 'listImages'>,
  resolved: ResolvedJob,
  open: OpenPlaces,
): Promise<ProblemError | undefined> {
  const registries = await listPushedTo(facts, resolved)
  const closed = registries.find((registry) => !isOpen(locateRegistry(registry), open))
  if (closed === undefined) return undefined
  const remedy =
    'a server-wide administrator names it in a spec or a build, or the operator lists its host in ALLOWED_HOSTS'
  const message = `${closed} leads to a network that may not be contacted: ${remedy}`
  return refuseFaults([{ path: ['registry'], code: 'address-not-allowed', message }])
}

async function listPushedTo(facts: Pick<Facts, 'listImages'>, resolved: ResolvedJob): Promise<string[]> {
  if ('remove' in resolved || 'adopt' in resolved) return []
  if (resolved.kind === 'build') return resolved.push && resolved.registry !== null ? [resolved.registry] : []
  if (resolved.kind !== 'push') return []
  return (await listRegistries(facts, resolved.images)).filter((registry) => registry !== null)
}
