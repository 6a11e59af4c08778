import type { IncomingHttpHeaders } from 'node:http'
import { FailureError, locateRegistry } from '@stevedore/contract'
import { type GuardedRequest, guardedFetch, readDocument } from '../address/guarded-fetch.ts'

/** What a registry or its token server answered, whole. */
export interface RegistryAnswer {
  /** Who answered, which may be another than was asked. */
  url: URL
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export type Send = (url: URL, given: { method?: 'GET' | 'HEAD'; authorization?: string }) => Promise<RegistryAnswer>

/** A registry as it may be spoken to. */
export interface RegistryPlace {
  /** With its port, where one is given. */
  registry: string
  /** Where its API is. */
  origin: string
  /** Whether it is spoken to in plain http. */
  insecure: boolean
  /** Hosts on private networks, each as it is or with a port, that registries may be at. */
  allowedHosts: readonly string[]
}

const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const maxDocumentBytes = 4 * 2 ** 20
const maxRefusalBytes = 64 * 2 ** 10

/**
 * Asks at a registry's place: plain http only of the registry itself and only where it is spoken to so, and no more of an answer than any
 * manifest or refusal has.
 */
export function createSend(place: RegistryPlace, signal: AbortSignal): Send {
  return async (url, { method = 'GET', authorization }) => {
    const codes = { unreachable: 'registry-unreachable', refused: 'registry-refused' } as const
    const request: GuardedRequest = {
      ...{ url, method, headers: { accept: mediaTypes }, ...codes, signal },
      ...(authorization && { ownHeaders: { authorization } }),
      allowedHosts: listAllowed(place, url),
      judgeRedirect: (_from, to) =>
        to.protocol === 'https:' || to.origin === place.origin
          ? undefined
          : `it leads on to ${to.origin}, in the clear`,
    }
    const { body, ...answer } = await guardedFetch(request)
    const isGood = answer.status >= 200 && answer.status < 300
    const maxBytes = isGood ? maxDocumentBytes : maxRefusalBytes
    const document = readDocument({ body }, { ...codes, signal, maxBytes, tooLarge: refuseSize })
    // The status says what happened where the rest of the answer does not arrive.
    return { ...answer, body: await (isGood ? document : document.catch(() => Buffer.alloc(0))) }
  }
}

function refuseSize(): FailureError {
  return new FailureError('registry-refused', { diagnosis: 'the answer is too large' })
}

/** A registry that may be where it is may have its token server at another port beside it: that one port is allowed, when it is asked. */
function listAllowed({ registry, allowedHosts, origin }: RegistryPlace, url: URL): readonly string[] {
  const isThere = locateRegistry(registry).places.some((place) => allowedHosts.includes(place))
  const isBeside = isThere && url.hostname === new URL(origin).hostname
  return isBeside
    ? [...allowedHosts, `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`]
    : allowedHosts
}
