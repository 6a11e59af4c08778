import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import { readFrames } from '../client/log-frames.ts'
import { builderSocket } from './start-script.ts'

const prefix = 'stevedore-builder-'
const socketName = 'docker.sock'

/** A way to the builder's engine, for as long as it is open. */
export interface Tunnel {
  /** A socket that none but the worker's user may use, as in DOCKER_HOST. */
  host: string
  close(): Promise<void>
}

/**
 * Leads from a socket of this machine to the engine in the builder, through the engine that runs the builder: wherever that is, no
 * port has to be open. Each connection is a command in the builder which copies its input and output to the socket there.
 */
export async function openTunnel(container: Docker.Container): Promise<Tunnel> {
  await removeAbandoned()
  // Not in the build's own folder: the path of a socket may have no more than 107 bytes.
  const dir = await mkdtemp(join(tmpdir(), prefix))
  const path = join(dir, socketName)
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)))
    socket.once('error', () => socket.destroy())
    void connect(container, socket)
  })
  await listen(server, path)
  return {
    host: `unix://${path}`,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Those of workers that were killed. Who listens, on this machine or in another container that shares the folder, is known by answering. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  for (const dir of names.map((name) => join(tmpdir(), name)))
    if (await isRefused(join(dir, socketName))) await rm(dir, { recursive: true, force: true })
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(path, () => resolve(false))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(path, resolve))
}

const connectMs = 30_000

/** What breaks on either side ends both, which each side's client sees as a lost connection. */
async function connect(container: Docker.Container, socket: Socket): Promise<void> {
  try {
    const Cmd = ['docker', '--host', `unix://${builderSocket}`, 'system', 'dial-stdio']
    const attached = { AttachStdin: true, AttachStdout: true, AttachStderr: true }
    const exec = await container.exec({ Cmd, ...attached, abortSignal: AbortSignal.timeout(connectMs) })
    const stream = await exec.start({ hijack: true, stdin: true })
    socket.once('close', () => stream.destroy())
    await Promise.all([pipeline(socket, stream), pipeline(Readable.from(readOutput(stream)), socket)])
  } catch {
    socket.destroy()
  }
}

async function* readOutput(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const { stream: number, payload } of readFrames(stream)) if (number === 1) yield payload
}
