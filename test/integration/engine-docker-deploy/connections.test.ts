import { get, type IncomingMessage } from 'node:http'
import { openContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

const drainMs = 4_000

/** A connection on which its replica says its revision ten times a second. */
interface Line {
  said: string[]
  closedAt?: number
  close(): void
}

function openWebSocket(url: string): Line {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  const line: Line = { said: [], close: () => socket.close() }
  socket.addEventListener('message', ({ data }) => void line.said.push(String(data)))
  socket.addEventListener('close', () => {
    line.closedAt = performance.now()
  })
  return line
}

function openEvents(url: string): Line {
  const line: Line = { said: [], close: () => request.destroy() }
  const request = get(`${url}/events`, { agent: false }, (response: IncomingMessage) => {
    response.setEncoding('utf8').on('data', (text: string) => void line.said.push(...(text.match(/\d+/g) ?? [])))
    response
      .on('error', () => {})
      .on('close', () => {
        line.closedAt = performance.now()
      })
  }).on('error', () => {})
  return line
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
    const line = open(url)
    await expect.poll(() => line.said.length, { timeout: 10_000 }).toBeGreaterThan(0)

    // A route for another place reloads the proxy: the connection stays with its old process.
    const other = await openPlace(stage, { by: 'port' })
    await other.engine.scaleUp(other.makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await other.engine.route(other.place, { 1: 100 }, openContext())

    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 2: 100 }, openContext())
    const start = performance.now()
    await engine.scaleDown(place, 1, 0, openContext())
    await expect.poll(() => line.closedAt, { timeout: 5_000 }).toBeDefined()
    expect(line.closedAt! - start).toBeGreaterThan(drainMs)
    expect(new Set(line.said)).toEqual(new Set(['1']))
    expect(line.said.length).toBeGreaterThan(drainMs / 200)

    const fresh = open(url)
    await expect.poll(() => fresh.said[0], { timeout: 10_000 }).toBe('2')
    fresh.close()
  })
})
