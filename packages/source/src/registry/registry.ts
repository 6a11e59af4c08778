import { FailureError, traceCall } from '@stevedore/contract'
import { authorize, parseChallenge, type RegistrySignIn } from './authorize.ts'
import { type Manifest, parseJson, readDigestHeader, readManifest, requireDigest } from './manifest.ts'
import { createSend, type RegistryAnswer, type RegistryPlace } from './place.ts'
import type { Reference } from './reference.ts'
import { toRegistryError } from './refusal.ts'

/** Asks a registry by its HTTP API (OCI distribution). Undefined where there is no such manifest. */
export interface RegistryClient {
  /** Reads the manifest and checks it against the digest that goes with it. */
  readManifest(
    reference: Reference,
    credential: RegistrySignIn | undefined,
    signal: AbortSignal,
  ): Promise<Manifest | undefined>
  /** The digest alone, by a question that registries do not count as a pull. */
  findDigest(
    reference: Reference,
    credential: RegistrySignIn | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** How the image means to be run, as it is written; of a list of images, what its main one says. */
  readConfig(
    reference: Reference,
    credential: RegistrySignIn | undefined,
    signal: AbortSignal,
  ): Promise<Record<string, unknown> | undefined>
  /** Fails as a push would, before one is begun: refused, throttled (with the pause that the registry asks for), away. */
  checkPush(reference: Reference, credential: RegistrySignIn | undefined, signal: AbortSignal): Promise<void>
}

const timeoutMs = 20_000

/** A list of images may list lists; no honest one does so deeper. */
const maxLists = 2

interface Question {
  method: 'GET' | 'HEAD'
  reference: Reference
  /** What is asked for in the repository. Default: the manifest. */
  path?: string
  /** What the token is to allow: `pull`, `pull,push`. */
  actions: string
  credential: RegistrySignIn | undefined
  signal: AbortSignal
}

/** Whether a registry is spoken to in plain http. */
export type InsecureCheck = (registry: string, signal: AbortSignal) => Promise<boolean>

/** Gives the hosts on private networks, each as it is or with a port, that registries may be at. */
export type ListAllowedHosts = () => Promise<readonly string[]>

export function createRegistryClient(isInsecure: InsecureCheck, listAllowedHosts: ListAllowedHosts): RegistryClient {
  async function ask(question: Question): Promise<RegistryAnswer | undefined> {
    const { registry } = question.reference
    const insecure = await isInsecure(registry, question.signal)
    const origin = `${insecure ? 'http' : 'https'}://${apiHost(registry)}`
    const place = { registry, origin, insecure, allowedHosts: await listAllowedHosts() }
    const call = { system: 'registry', name: `${question.method} ${question.path ? 'blob' : 'manifest'}` } as const
    const answer = await traceCall(call, () =>
      inTime(question.signal, (signal) => askSignedIn(place, { ...question, signal })),
    )
    if (answer.status === 404) return undefined
    if (answer.status < 200 || answer.status > 299) throw toRegistryError(answer)
    return answer
  }

  async function read(reference: Reference, credential: RegistrySignIn | undefined, signal: AbortSignal) {
    const answer = await ask({ method: 'GET', reference, actions: 'pull', credential, signal })
    return answer && readManifest(reference, answer)
  }

  async function readConfig(
    reference: Reference,
    credential: RegistrySignIn | undefined,
    signal: AbortSignal,
    lists = 0,
  ): Promise<Record<string, unknown> | undefined> {
    const manifest = await read(reference, credential, signal)
    if (manifest?.mainDigest && lists < maxLists)
      return readConfig({ ...reference, digest: manifest.mainDigest }, credential, signal, lists + 1)
    const digest = manifest?.configDigest
    if (digest === undefined) return undefined
    const answer = await ask({
      ...{ method: 'GET', reference, path: `blobs/${digest}`, actions: 'pull', credential, signal },
    })
    if (!answer) return undefined
    requireDigest(answer.body, [digest])
    return parseJson<{ config?: Record<string, unknown> }>(answer.body).config
  }

  return {
    readManifest: read,
    readConfig: (reference, credential, signal) => readConfig(reference, credential, signal),
    async findDigest(reference, credential, signal) {
      const answer = await ask({ method: 'HEAD', reference, actions: 'pull', credential, signal })
      if (!answer) return undefined
      return readDigestHeader(answer.headers) ?? (await read(reference, credential, signal))?.digest
    },
    async checkPush(reference, credential, signal) {
      await ask({ method: 'HEAD', reference, actions: 'pull,push', credential, signal })
    },
  }
}

/** All that one question takes, redirects, sign-in and the answer's last byte included. */
async function inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  return work(ends).catch((error: unknown) => {
    signal.throwIfAborted()
    if (!ends.aborted) throw error
    const diagnosis = `the registry did not answer within ${timeoutMs / 1000} s`
    throw new FailureError('registry-unreachable', { diagnosis, cause: error })
  })
}

/** Asks without a sign-in first: the registry says which sort it wants, if any. Where it led on to another, that one gets no credential. */
async function askSignedIn(place: RegistryPlace, question: Question): Promise<RegistryAnswer> {
  const { method, reference, actions, signal } = question
  const { path = `manifests/${reference.digest ?? reference.tag}` } = question
  const send = createSend(place, signal)
  const first = await send(new URL(`/v2/${reference.name}/${path}`, place.origin), { method })
  const challenge = first.status === 401 ? parseChallenge(first.headers['www-authenticate']) : undefined
  if (!challenge) return first
  const { origin, host } = first.url
  const isOwn = origin === place.origin
  const asked = isOwn ? place : { ...place, registry: host, origin, insecure: false }
  const credential = isOwn ? question.credential : undefined
  const scope = `repository:${reference.name}:${actions}`
  const authorization = await authorize({ place: asked, challenge, scope, credential, send })
  return authorization ? send(first.url, { method, authorization }) : first
}

/** Docker's own registry answers under another name than the one it is known by. */
function apiHost(registry: string): string {
  return registry === 'docker.io' || registry === 'index.docker.io' ? 'registry-1.docker.io' : registry
}
