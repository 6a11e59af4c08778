import type { V1Probe } from '@kubernetes/client-node'
import { ApiError } from '../client/api-error.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { readBody } from '../client/request.ts'
import { listSlots, type Picture } from '../state/place-state.ts'
import type { Trouble } from './pod-trouble.ts'

/** What the health path answers now, asked through the API's proxy; the kubelet's events tell only the status. */
export async function readProbeAnswer(
  reader: NamespaceReader,
  { pod, container }: Trouble,
  picture: Picture,
): Promise<string | undefined> {
  const found = listSlots(picture)
    .flatMap(({ pods }) => pods)
    .find(({ metadata }) => metadata?.name === pod)
  const spec = found?.spec?.containers.find(({ name }) => name === container)
  const http = spec?.readinessProbe?.httpGet
  if (!pod || !http) return undefined
  const named = spec?.ports?.find(({ name }) => name === String(http.port))?.containerPort
  const { status, text } = await askPod(reader, pod, named ?? Number(http.port), http.path ?? '/')
  return `${http.path ?? '/'} answers ${status}${text ? `: ${text}` : ''}`
}

export type HttpProbe = NonNullable<V1Probe['httpGet']>

/** One GET to a pod's port through the API server. `status` 0: nothing answered. */
export async function askPod(
  { cluster, namespace, signal }: NamespaceReader,
  pod: string,
  port: number,
  path: string,
  timeoutMs = 5_000,
): Promise<{ status: number; text: string }> {
  const address = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path.startsWith('/') ? path : `/${path}`}`
  try {
    const response = await cluster.stream(address, { timeoutMs }, signal)
    return { status: response.statusCode ?? 0, text: (await readBody(response, 65_536)).trim().slice(0, 500) }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ApiError) return { status: error.status, text: error.message.trim().slice(0, 500) }
    return { status: 0, text: (error as Error).message }
  }
}
