import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { FailureError, type PlacedFile } from '@stevedore/contract'
import type { Certificate, LogOptions, Place, Release } from '../deploy-engine.ts'

export interface FakeReplica {
  name: string
  revision: number
  healthy: boolean
  behaviour: string
  image: string
  version: string
  /** What its containers have beside the image. */
  files?: PlacedFile[]
  /** Its variables, secrets among them. */
  env?: Record<string, string>
  /** Requests under way. */
  busy: number
  /** Undefined for web. */
  process?: string
  /** The job that made it. */
  job?: string
}

/** A command that was begun. */
export interface FakeCommand {
  /** The name of the replica that it runs in, where it runs in one. */
  inside?: string
  /** Of one that is made and not begun yet. */
  begin?(): FakeCommand
  lines: string[]
  /** Of one that sleeps for ever undefined. */
  exitCode: number | undefined
}

/** A companion that runs, or was started and is not healthy yet. */
export interface FakeService {
  name: string
  revision: number
  image: string
  healthy: boolean
  secrets: Record<string, string>
  /** Its variables, secrets among them. */
  env?: Record<string, string>
}

/** All that a fake engine keeps of a place. */
export interface FakePlace {
  replicas: FakeReplica[]
  /** By name. */
  services: Map<string, FakeService>
  /** What it reaches by links, as `APP/ENVIRONMENT`. */
  links: Set<string>
  /** Whose links come in. */
  callers: Set<string>
  traffic: Record<number, number>
  /** Revisions whose migration ran. */
  migrated: Set<number>
  /** Answers since the traffic last changed, by revision. */
  counts: Record<number, { requests: number; errors: number }>
  lines: { text: string; process: string | undefined }[]
  /** What was written to each volume. */
  volumes: Map<string, Set<string>>
  /** Names of volumes that others made. */
  foreignVolumes: Set<string>
  /** By job. */
  commands: Map<string, FakeCommand>
  /** Tells `line` after each. */
  output: EventEmitter
  /** Requests so far. */
  turn: number
}

export interface FakeAnswer {
  status: number
  revision: number | undefined
}

/**
 * What runs, as the clients of the apps see it. An app behaves as the setting `env.BEHAVIOUR` says: the behaviours of the
 * conformance suite, and `errors`, where a third of the answers is 500.
 */
export interface FakeWorld {
  /** What its proxies serve, by name. */
  certificates: Map<string, Certificate>
  place(place: Pick<Place, 'app' | 'environment'>): FakePlace
  /** Places with something of theirs. */
  list(): (FakePlace & Pick<Place, 'app' | 'environment'>)[]
  request(place: Pick<Place, 'app' | 'environment'>, path: string): Promise<FakeAnswer>
}

export function openFakeWorld(): FakeWorld {
  const places = new Map<string, FakePlace>()
  const open = ({ app, environment }: Pick<Place, 'app' | 'environment'>): FakePlace => {
    const key = `${app}/${environment}`
    const place = places.get(key) ?? createPlace()
    places.set(key, place)
    return place
  }
  return {
    certificates: new Map(),
    place: open,
    list: () =>
      [...places].flatMap(([key, place]) => {
        const [app = '', environment = ''] = key.split('/')
        return place.replicas.length > 0 ? [{ app, environment, ...place }] : []
      }),
    request: (place, path) => answer(open(place), path),
  }
}

function createPlace(): FakePlace {
  const nothing = { replicas: [], traffic: {}, counts: {}, lines: [], turn: 0 }
  const stored = { services: new Map(), volumes: new Map(), foreignVolumes: new Set<string>() }
  const linked = { links: new Set<string>(), callers: new Set<string>() }
  return { ...nothing, ...stored, ...linked, migrated: new Set(), commands: new Map(), output: new EventEmitter() }
}

async function answer(place: FakePlace, path: string): Promise<FakeAnswer> {
  const revision = pickRevision(place)
  const replica = listWeb(place).find((one) => one.revision === revision && one.healthy)
  if (!replica) return { status: 404, revision: undefined }
  replica.busy++
  const delayMs = Number(/^\/slow\?ms=(\d+)$/.exec(path)?.[1] ?? 0)
  if (delayMs > 0) {
    print(place, `revision ${revision} begins /slow`)
    await delay(delayMs)
  }
  replica.busy--
  const stored = answerStored(place, path) ?? answerFile(replica, path)
  if (stored) return { status: stored, revision }
  const { requests, errors } = place.counts[replica.revision] ?? { requests: 0, errors: 0 }
  const failed = replica.behaviour === 'errors' && requests % 3 === 0
  place.counts[replica.revision] = { requests: requests + 1, errors: errors + (failed ? 1 : 0) }
  return { status: failed ? 500 : 200, revision: replica.revision }
}

/** `/write?text=` puts a text into each volume, `/has?text=` answers 404 where one lacks it. */
function answerStored({ volumes }: FakePlace, path: string): number | undefined {
  const [, act, text = ''] = /^\/(write|has)\?text=(.*)$/.exec(path) ?? []
  if (act === 'write') for (const volume of volumes.values()) volume.add(text)
  return act ? ([...volumes.values()].every((volume) => volume.has(text)) ? 200 : 404) : undefined
}

/** `/file?path=P&text=T&mode=M` answers 404 unless there is such a file. */
function answerFile({ files = [] }: FakeReplica, path: string): number | undefined {
  if (!path.startsWith('/file?')) return undefined
  const wanted = new URLSearchParams(path.slice('/file?'.length))
  const found = files.find((file) => file.path === wanted.get('path'))
  return found?.mode === wanted.get('mode') && found.content.toString() === wanted.get('text') ? 200 : 404
}

export function print(place: FakePlace, text: string, process?: string): void {
  place.lines.push({ text, process })
  place.output.emit('line')
}

/** Replicas of the environment itself, to which its route leads. */
export function listWeb({ replicas }: FakePlace): FakeReplica[] {
  return replicas.filter(({ process }) => process === undefined)
}

/** The last lines, and those to come until the signal ends it when `follow`. */
export async function* readOutput(
  { lines, output }: FakePlace,
  { follow, tailLines, process: meant }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (let next = Math.max(0, lines.length - tailLines); ; ) {
    while (next < lines.length) {
      const { text, process = 'web' } = lines[next++]!
      if (meant === undefined || meant === process) yield text
    }
    if (!follow || signal.aborted) return
    // It rejects when the signal ends the wait, which ends the output.
    await once(output, 'line', { signal }).catch(() => {})
  }
}

/** Spreads requests evenly: 37 and 100 share no factor, so a hundred in a row meet every percent once. */
function pickRevision(place: FakePlace): number | undefined {
  const { traffic } = place
  let left = (place.turn++ * 37) % 100
  for (const [revision, percent] of Object.entries(traffic)) {
    if (left < percent) return Number(revision)
    left -= percent
  }
  return undefined
}

export function readBehaviour({ settings, process, service }: Release): string {
  if (process !== undefined || service) return settings.command?.join(' ').includes('exit 3') ? 'crash' : 'healthy'
  return settings.env.BEHAVIOUR ?? 'healthy'
}

/** Why a replica of a release does not come up; undefined when it does. */
export function findStartFailure(release: Release, name: string): FailureError | undefined {
  switch (readBehaviour(release)) {
    case 'crash':
      return new FailureError('container-crashed', {
        diagnosis: `${name} exited with code 3; its last lines:\ncannot start: no such table`,
      })
    case 'never-healthy':
      return new FailureError('never-healthy', { diagnosis: `${name}: the last probe answered: 503 warming up` })
    case 'missing-image':
      return new FailureError('image-missing', { diagnosis: release.image })
    default:
      return undefined
  }
}
