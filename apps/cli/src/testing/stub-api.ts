import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { JobDetailView } from '@stevedore/contract'

export type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A server that answers `METHOD /path` (without query) as told, and 404 otherwise. For tests. */
export async function startStubApi(routes: Record<string, Handle>) {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?', 1)[0]
    const body = await buffer(request)
    const handle = routes[`${request.method} ${path}`] ?? ((_request, reply) => answerProblem(reply, 404, 'not-found'))
    handle(request, response, body.toString('latin1'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function answerJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function answerProblem(response: ServerResponse, status: number, type: string, extra: object = {}): void {
  const body = {
    type: `/problems/${type}`,
    title: type,
    status,
    detail: `the ${type} detail`,
    instance: 'c-1',
    ...extra,
  }
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body))
}

export const jobId = '0198c0de-0000-7000-8000-000000000001'

const job: JobDetailView = {
  id: jobId,
  kind: 'deploy',
  app: 'shop',
  environment: 'staging',
  state: 'running',
  request: { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.2.0' },
  targets: [],
  specVersion: 1,
  image: null,
  progress: 40,
  attempt: 1,
  failures: 0,
  maxFailures: 3,
  losses: 0,
  waitingFor: null,
  waitNote: null,
  dueAt: null,
  place: null,
  error: null,
  result: null,
  requestedBy: 'token:ann',
  parentId: null,
  correlationId: 'c-1',
  createdAt: '2025-03-01T12:00:00.000Z',
  startedAt: '2025-03-01T12:00:01.000Z',
  finishedAt: null,
  steps: [],
  planned: [],
  verbs: [],
}

export function makeJob(over: Partial<JobDetailView> = {}): JobDetailView {
  return { ...job, ...over }
}
