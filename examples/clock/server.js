// Serves clock.proto on port 9000, by Node's own HTTP/2: what it answers is short, so its two messages are written by hand.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

const version = readFileSync('version', 'utf8').trim()
const sessions = new Set()
const port = 9000

const methods = {
  async '/clock.Clock/Version'(_question, write) {
    write(version)
  },
  async '/clock.Clock/Tick'(question, write) {
    // A uint32 of one byte, after its tag.
    for (let tick = 1; tick <= Math.min(question[1] ?? 0, 60); tick += 1) {
      write(`${version} ${tick}`)
      await delay(1_000)
    }
  },
}

/** A text of at most 120 bytes as a message, with what gRPC says before each: not packed, and how long. */
function frame(text) {
  const bytes = Buffer.from(text.slice(0, 120))
  const head = Buffer.alloc(7)
  head.writeUInt32BE(bytes.length + 2, 1)
  head.set([0x0a, bytes.length], 5)
  return Buffer.concat([head, bytes])
}

async function answer(stream, path) {
  const method = methods[path]
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  // 12 is UNIMPLEMENTED.
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': method ? '0' : '12' }))
  const question = (await buffer(stream)).subarray(5)
  await method?.(question, (text) => stream.write(frame(text)))
  stream.end()
}

const server = createServer()
server.on('session', (session) => {
  sessions.add(session)
  session.on('close', () => sessions.delete(session))
})
server.on('stream', (stream, headers) => {
  stream.on('error', () => {})
  answer(stream, headers[':path']).catch(() => stream.destroy())
})
server.listen(port, () => console.log(`clock ${version}: listening on ${port}`))

process.on('SIGTERM', () => {
  // Calls in hand end; who is still connected is told to go elsewhere.
  server.close(() => process.exit(0))
  for (const session of sessions) session.close()
})
