import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { listenLocally, stopServer } from './free-port.ts'

/** Answers a request in the registry's place: true when it has. */
export type Interception = (incoming: IncomingMessage, response: ServerResponse) => boolean

export interface RegistryFront {
  /** `127.0.0.1:PORT`. */
  host: string
  /** `METHOD path` of each request so far. */
  requests: string[]
  /** Decides on each request from now on; undefined lets all through. */
  intercept(interception: Interception | undefined): void
  stop(): Promise<void>
}

/** Stands before a real registry and lets a test put words into its mouth. */
export async function startRegistryFront(registry: string): Promise<RegistryFront> {
  let interception: Interception | undefined
  const requests: string[] = []
  const server = createServer((incoming, response) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    if (!interception?.(incoming, response)) forward(registry, incoming, response)
  })
  const port = await listenLocally(server)
  return {
    host: `127.0.0.1:${port}`,
    requests,
    intercept(next) {
      interception = next
    },
    stop: () => stopServer(server),
  }
}

/** The Host header stays, so that the addresses in the registry's answers lead back through the front. */
function forward(registry: string, incoming: IncomingMessage, response: ServerResponse): void {
  const [host, port] = registry.split(':')
  const { method, url, headers } = incoming
  const outgoing = request({ host, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
}
