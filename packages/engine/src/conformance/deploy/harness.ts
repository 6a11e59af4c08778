import type { StrategyType } from '@stevedore/contract'
import { expect } from 'vitest'
import type { Certificate, DeployEngine, Observation, Place, Release } from '../../deploy-engine.ts'
import { pollUntil } from '../../kit/poll.ts'

/**
 * What the app of a release does. Every one that lives answers `/` and `/slow?ms=N` (after N ms) with status 200 and its
 * revision. `/write?text=T` makes a file of that name in the folder `/data`, `/has?text=T` answers 404 where there is none; so does
 * `/file?path=P&text=T&mode=M` unless P is a file with that text and mode which nobody can write. It prints `revision N listens` when it starts and `revision N begins /slow` when it gets such a request.
 * `crash` prints `cannot start: no such table` and exits with 3. `never-healthy` answers its health path with 503 and the body
 * `warming up`. `check-fails` fails its settings' check. `migration-fails` has a migration that prints `no such column` and exits
 * with 4; `migrates` has one that succeeds. `missing-image` names a digest that its registry does not have.
 */
export type Behaviour =
  | 'healthy'
  | 'crash'
  | 'never-healthy'
  | 'check-fails'
  | 'migration-fails'
  | 'migrates'
  | 'missing-image'

export interface WantedRelease {
  revision: number
  behaviour: Behaviour
  /** As a spec has them. */
  files?: Record<string, { text: string; mode?: '0444' | '0555' }>
}

export interface Answer {
  status: number
  /** The revision that answered, where one did. */
  revision: number | undefined
}

/** One place of its own on an engine, seen from outside. */
export interface DeployHarness {
  engine: DeployEngine
  place: Place
  /** A release of the place. Its health deadline is short enough for a test to wait for. */
  makeRelease(wanted: WantedRelease): Release
  /** One request through the route on a connection of its own; rejects when nothing answers at all. */
  request(path: string): Promise<Answer>
  /** What carries requests follows a route only later and tells nobody when it has, as the proxies of a cluster's nodes do. */
  followsLater?: boolean
  /** How TLS is seen from outside; absent where the engine brings no certificates. */
  tls?: TlsHarness
  /** Another place, that links to this one; there where the options say so. */
  caller?: {
    release: Release
    /** One request of a replica of it to the place, by the name of the app; rejects when nothing answers. */
    ask(): Promise<Answer>
    /** It finds what was there when it was deployed: where pods are told an address. */
    isToldOnce?: boolean
    /** Nothing there heeds what says who may come in, as a cluster whose network plugin knows no policies. */
    isOpen?: boolean
  }
  /** Makes what has the name that the engine would give to this volume of the place, and is not Stevedore's. */
  makeForeignVolume(name: string): Promise<void>
  /** Removes whatever is left of the place, its volumes included, whatever state it is in. */
  cleanup(): Promise<void>
}

export interface TlsHarness {
  /** One for these DNS names; `refused` is one that proxies do not take. */
  makeCertificate(name: string, dnsNames: string[], as?: 'refused'): Promise<Certificate>
  /** The fingerprint that a client is shown who asks for a DNS name; undefined where it gets no answer. */
  askFingerprint(dnsName: string): Promise<string | undefined>
}

/** What the place of a test is like. */
export interface HarnessOptions {
  strategy: StrategyType
  replicas: number
  /** As a spec has them, by name. */
  volumes?: Record<string, { path: string; size: string; shared?: boolean }>
  /** Names of volumes that its companions are given. */
  serviceVolumes?: string[]
  /** There is another place whose settings link to it, and, `by-both`, its own let that one in. */
  linked?: 'by-both' | 'by-caller'
}

export interface DeployTest {
  title: string
  options: HarnessOptions
  run(harness: DeployHarness): Promise<void>
  /** It does the same again and again, stopped after one effect more each time. */
  atEveryStop?: true
  /** Only for engines of this rolling. */
  rolling?: 'native'
  timeoutMs?: number
}

/** Every request is answered by this revision: now, or once what carries requests has followed. */
export async function expectServed(
  harness: Pick<DeployHarness, 'request' | 'followsLater'>,
  revision: number,
): Promise<void> {
  if (!harness.followsLater) return expect(await harness.request('/')).toEqual({ status: 200, revision })
  const areOfIt = async () => {
    for (let count = 0; count < 5; count++)
      if ((await harness.request('/').catch(() => undefined))?.revision !== revision) return false
    return true
  }
  // Not by `expect.poll`, which knows no test once another that runs beside it has ended.
  const poll = { deadlineMs: 120_000, intervalMs: 50, signal: AbortSignal.timeout(150_000) }
  expect(
    await pollUntil(async () => (await areOfIt()) || undefined, poll),
    `served by revision ${revision} alone`,
  ).toBe(true)
}

/** The part of an observation that two looks at the same state share. */
export function summarize({ replicas, traffic }: Observation) {
  const names = replicas.map(({ name, revision, healthy }) => ({ name, revision, healthy }))
  return { replicas: names.sort((a, b) => a.name.localeCompare(b.name)), traffic: dropZeros(traffic) }
}

/** Healthy replicas by revision. */
export function countHealthy({ replicas }: Observation): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { revision, healthy } of replicas) if (healthy) counts[revision] = (counts[revision] ?? 0) + 1
  return counts
}

export function dropZeros(traffic: Record<number, number>): Record<number, number> {
  return Object.fromEntries(Object.entries(traffic).filter(([, percent]) => percent > 0))
}

export const calm = (): AbortSignal => AbortSignal.timeout(120_000)

/** Follows what the apps of a place print until one prints this. */
export async function awaitLine({ engine, place }: DeployHarness, text: string): Promise<void> {
  const seen: string[] = []
  for await (const line of engine.logs(place, { follow: true, tailLines: 50 }, calm())) {
    seen.push(line)
    if (line.includes(text)) return
  }
  throw new Error(`nobody printed ${text}, but:\n${seen.join('\n')}`)
}
