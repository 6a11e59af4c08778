/**
 * The app of the deploy tests. It runs inside a container, alone: it may import nothing but Node's own. What it does is told by
 * REVISION and BEHAVIOUR.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createH2cServer } from 'node:http2'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const { REVISION = '0', BEHAVIOUR = 'healthy', PORT = '8080', H2C_PORT, ECHO_PORT } = process.env

const firstHealth: Record<string, number> = { busy: 429, hints: 103, 'https-only': 308 }

/** What the health path answers, which `/turn?health=N` changes; 103: early hints, and then 200; 0: nothing, ever. */
let health = firstHealth[BEHAVIOUR] ?? 200
/** How often it was asked since. */
let asked = 0

if (process.argv[2] === 'migrate') end(BEHAVIOUR === 'migration-fails' ? ['no such column', 4] : ['migrated', 0])
else if (BEHAVIOUR === 'crash') end(['cannot start: no such table', 3])
else serve()

function end([line, code]: [string, number]): void {
  console.log(line)
  process.exitCode = code
}

function serve(): void {
  const server = createServer({ maxHeaderSize: 262_144 }, (request, response) => void answer(request, response))
  server.on('upgrade', (request, socket) => openWebSocket(request, socket as Socket))
  server.listen(Number(PORT), () => console.log(`revision ${REVISION} listens`))
  if (H2C_PORT) serveH2c(Number(H2C_PORT))
  if (ECHO_PORT) serveEcho(Number(ECHO_PORT))
  process.on('SIGTERM', () => server.close(() => process.exit(0)))
}

/** HTTP/2 without TLS alone, as gRPC speaks it: answers with its revision, and with a trailer. */
function serveH2c(port: number): void {
  const server = createH2cServer()
  server.on('stream', (stream) => {
    stream.respond(
      { ':status': 200, 'x-revision': REVISION, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.pipe(stream)
  })
  server.listen(port)
}

/** Says its revision, then whatever it is told. */
function serveEcho(port: number): void {
  const server = createTcpServer((socket) => {
    socket.write(`revision ${REVISION}\n`)
    socket.pipe(socket).on('error', () => socket.destroy())
  })
  server.listen(port)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://app')
  response.setHeader('x-revision', REVISION)
  if (url.pathname === '/events') return sendEvents(response)
  if (url.pathname === '/headers') return void response.end(JSON.stringify(request.headers))
  if (url.pathname === '/slow') {
    console.log(`revision ${REVISION} begins /slow`)
    await sleep(Number(url.searchParams.get('ms') ?? 1_000))
  }
  if (url.pathname === '/exit') process.exit(Number(url.searchParams.get('code') ?? 9))
  if (url.pathname === '/turn') [health, asked] = [Number(url.searchParams.get('health')), 0]
  if (url.pathname === '/asked') return void response.end(String(asked))
  if (url.pathname === '/health' && health !== 200) return answerHealth(request, response)
  if (url.pathname === '/write' || url.pathname === '/has') return answerStored(url, response)
  if (url.pathname === '/file') return void response.writeHead(isFileAsTold(url) ? 200 : 404).end()
  const [status, body] = decide(url.pathname)
  response.writeHead(status).end(body)
}

/** Files of a volume, by the text that names each. */
function answerStored({ pathname, searchParams }: URL, response: ServerResponse): void {
  const path = `/data/${basename(searchParams.get('text') ?? 'unnamed')}`
  try {
    if (pathname === '/write') writeFileSync(path, REVISION)
    response.writeHead(existsSync(path) ? 200 : 404).end()
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}

/** Whether a file has this text, this mode, and nobody can write it. */
function isFileAsTold({ searchParams }: URL): boolean {
  const [path = '', text, mode] = ['path', 'text', 'mode'].map((name) => searchParams.get(name) ?? '')
  try {
    if (readFileSync(path, 'utf8') !== text || (statSync(path).mode & 0o7777) !== Number.parseInt(mode ?? '', 8))
      return false
    writeFileSync(path, 'other')
    return false
  } catch (error) {
    return ['EROFS', 'EACCES'].includes(Object(error).code)
  }
}

function answerHealth({ headers, url }: IncomingMessage, response: ServerResponse): void {
  asked += 1
  if (health === 0) return
  if (health === 103) response.writeEarlyHints({ link: '</a.css>; rel=preload' })
  if (health === 308) response.setHeader('location', `https://${headers.host}${url}`)
  response.writeHead(health === 103 ? 200 : health).end()
}

function decide(path: string): [number, string] {
  if (path === '/health' && BEHAVIOUR === 'never-healthy') return [503, 'warming up']
  if (path === '/check' && BEHAVIOUR === 'check-fails') return [500, 'the new page is broken']
  if (path === '/' && BEHAVIOUR === 'errors' && Math.random() < 0.3) return [500, 'flaky']
  return [200, `revision ${REVISION}\n`]
}

function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const timer = setInterval(() => response.write(`data: ${REVISION}\n\n`), 100)
  response.once('close', () => clearInterval(timer))
}

/** Accepts, then sends a frame with its revision ten times a second. */
function openWebSocket(request: IncomingMessage, socket: Socket): void {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  const frame = Buffer.concat([Buffer.of(0x81, REVISION.length), Buffer.from(REVISION)])
  const timer = setInterval(() => socket.write(frame), 100)
  socket.once('close', () => clearInterval(timer)).on('error', () => socket.destroy())
}
