import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { openContext } from '@stevedore/engine/conformance'
import { findFreePort, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

const drainMs = 4_000

/** A connection on which its replica says its revision ten times a second. */
interface Connection {
  said: string[]
  first: Promise<string>
  /** When it was closed, on `performance`'s clock. */
  closedAt: Promise<number>
  close(): void
}

function record(close: () => void) {
  const [first, closed] = [Promise.withResolvers<string>(), Promise.withResolvers<number>()]
  const connection: Connection = { said: [], first: first.promise, closedAt: closed.promise, close }
  return {
    connection,
    onSaid(revision: string) {
      connection.said.push(revision)
      first.resolve(revision)
    },
    onClosed: () => closed.resolve(performance.now()),
  }
}

function openWebSocket(url: string): Connection {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  const { connection, onSaid, onClosed } = record(() => socket.close())
  socket.addEventListener('message', ({ data }) => onSaid(String(data)))
  socket.addEventListener('close', onClosed)
  return connection
}

function openEvents(url: string): Connection {
  const { connection, onSaid, onClosed } = record(() => request.destroy())
  const request = get(`${url}/events`, { agent: false }, (response: IncomingMessage) => {
    response.setEncoding('utf8').on('data', (text: string) => (text.match(/\d+/g) ?? []).forEach(onSaid))
    // A connection that is cut is an error besides, which says nothing more.
    response.on('error', () => {}).on('close', onClosed)
  }).on('error', () => {})
  return connection
}

describe.skipIf(lacks(...stageComponents))('long-lived connections', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  test.each([
    ['WebSocket', openWebSocket],
    ['SSE', openEvents],
  ])('a %s is held through a switch and a reload, and closed when its drain is over', async (_name, open) => {
    const harness = await openPlace(stage, { by: 'port', settings: { drain: `${drainMs}ms` } })
    const { engine, place, makeRelease, url } = harness
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    const connection = open(url)
    await connection.first

    // A route for another place reloads the proxy: the connection stays with its old process.
    const other = await openPlace(stage, { by: 'port' })
    await other.engine.scaleUp(other.makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await other.engine.route(other.place, { 1: 100 }, openContext())

    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 2: 100 }, openContext())
    const start = performance.now()
    await engine.scaleDown(place, 1, 0, openContext())
    const end = performance.now()
    const closedAt = await connection.closedAt
    expect(closedAt - start).toBeGreaterThan(drainMs)
    expect(closedAt - end).toBeLessThan(5_000)
    expect(new Set(connection.said)).toEqual(new Set(['1']))
    expect(connection.said.length).toBeGreaterThan(drainMs / 200)

    const fresh = open(url)
    expect(await fresh.first).toBe('2')
    fresh.close()
  })

  test('a TCP connection on which nobody says anything is held until its drain is over', async () => {
    const echo = await findFreePort()
    const ports = [{ containerPort: 8091, protocol: 'tcp', port: echo }]
    const settings = { drain: `${drainMs}ms`, ports }
    const { engine, place, makeRelease } = await openPlace(stage, { by: 'port', settings, env: { ECHO_PORT: '8091' } })
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    const held = connect(echo, '127.0.0.1').on('error', () => {})
    const closed = new Promise<number>((resolve) => held.once('close', () => resolve(performance.now())))
    expect(await hear(held)).toBe('revision 1\n')

    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 2: 100 }, openContext())
    const start = performance.now()
    await engine.scaleDown(place, 1, 0, openContext())
    expect((await closed) - start).toBeGreaterThan(drainMs)
    const fresh = connect(echo, '127.0.0.1')
    expect(await hear(fresh)).toBe('revision 2\n')
    fresh.destroy()
  })
})

const hear = async (socket: Socket) => String((await once(socket, 'data'))[0])
