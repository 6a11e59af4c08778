import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Stage } from './stage.ts'

export interface FrontRequest {
  method: string
  path: string
  query: URLSearchParams
  body: Buffer
}
/** What is answered instead of the cluster; `cut` closes the connection in the middle. */
export type FrontAnswer = { status: number; body: unknown; headers?: Record<string, string> } | 'cut'

export interface ApiFront {
  /** Leads through the front, with the stage's own credentials. */
  kubeconfig: string
  /** Breaks off all that is being answered. */
  breakOff(): void
  close(): Promise<void>
}

/** Gives an answer of its own, perhaps later, or undefined to pass the request on. */
export type Intercept = (request: FrontRequest) => FrontAnswer | undefined | Promise<undefined>

/** Stands before the cluster's API and passes on what `intercept` does not answer by itself. */
export async function startApiFront(stage: Stage, intercept: Intercept): Promise<ApiFront> {
  const config = JSON.parse(readFileSync(stage.kubeconfig, 'utf8'))
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster
  const target = { url: new URL(server), ca: Buffer.from(ca, 'base64') }
  const front = createServer(
    (request, response) => void pass(request, response, target, intercept).catch(() => response.destroy()),
  )
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const cluster = {
    server: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    'insecure-skip-tls-verify': true,
  }
  const kubeconfig = `${stage.kubeconfig}-front-${(front.address() as AddressInfo).port}`
  writeFileSync(kubeconfig, JSON.stringify({ ...config, clusters: [{ ...config.clusters[0], cluster }] }), {
    mode: 0o600,
  })
  return {
    kubeconfig,
    breakOff: () => front.closeAllConnections(),
    async close() {
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
    },
  }
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  target: { url: URL; ca: Buffer },
  intercept: Intercept,
): Promise<void> {
  const body = await buffer(request)
  const url = new URL(request.url ?? '/', target.url)
  const answer = await intercept({ method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, body })
  if (answer === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"kind":')
    response.destroy()
    return
  }
  if (answer) {
    response
      .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      .end(JSON.stringify(answer.body))
    return
  }
  const open = url.protocol === 'https:' ? requestHttps : requestHttp
  const { host: _, connection: __, ...headers } = request.headers
  open(url, { method: request.method ?? 'GET', headers, ca: target.ca }, (found) => {
    response.writeHead(found.statusCode ?? 502, found.headers)
    found.pipe(response)
  })
    .on('error', () => response.destroy())
    .end(body)
}
