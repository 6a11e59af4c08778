import { appendEvents, appendLog, type Job, recordObservation } from '@stevedore/ledger'
import { browserComponent, lacks, sampleSpec, type TestPage } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claim, finish, playBuild, playDeploy } from '../api/play-worker.ts'
import { type ConsoleStage, openConsoleStage } from './stage.ts'

type Page = TestPage['page']

/** What came over the streams of events of a page. */
interface Streams {
  /** Of each that was opened, the id that it goes on from. */
  opened: (string | null)[]
  open: number
  lastId: string
  /** Of each event, its number in its job. */
  seen: number[]
}

/** Listens along, between the page and its server. */
const tap = `
  const ask = window.fetch
  const streams = (window.streams = { opened: [], open: 0, lastId: '', seen: [] })
  window.fetch = async (input, options) => {
    const response = await ask(input, options)
    const { pathname, searchParams } = new URL(input, location.href)
    if (pathname !== '/v1/events' || !response.ok) return response
    const [own, other] = response.body.tee()
    streams.opened.push(searchParams.get('since'))
    streams.open += 1
    void listen(other).catch(() => {}).finally(() => { streams.open -= 1 })
    return new Response(own, response)
  }
  async function listen(body) {
    let text = ''
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const frames = (text + piece).split('\\n\\n')
      text = frames.pop()
      for (const frame of frames) {
        streams.lastId = /^id: (.*)$/m.exec(frame)?.[1] ?? streams.lastId
        const { seq } = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] || '{}')
        if (seq !== undefined) streams.seen.push(seq)
      }
    }
  }`

/** A browser without a window hides no tab: it is told so. */
const looking = `
  let isHidden = false
  Object.defineProperty(document, 'hidden', { get: () => isHidden })
  window.look = (isSeen) => {
    isHidden = !isSeen
    document.dispatchEvent(new Event('visibilitychange'))
  }`

const readStreams = (page: Page) => page.evaluate<Streams>('streams')

describe.skipIf(lacks(browserComponent))('a page that stays open', () => {
  let stage: ConsoleStage
  beforeAll(async () => {
    stage = await openConsoleStage()
    await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
    await playBuild(stage.api)
    await playDeploy(stage.api)
  })
  afterAll(() => stage?.close())

  async function startDeploy(): Promise<Job> {
    const request = { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' }
    const { body } = await stage.api.call('POST', '/v1/jobs', { body: request })
    return claim(stage.api, body.id)
  }

  const message = ({ id, attempt }: Job) => ({ jobId: id, attempt })

  /** One event, and one line of output. */
  async function tell(job: Job, replica: string): Promise<void> {
    const event = { type: 'replica.started', data: { replica, revision: 2 } } as const
    await appendEvents(stage.api.ledger, { ...message(job), events: [event] })
    await appendLog(stage.api.ledger, { ...message(job), text: `${replica}\n` })
  }

  test('goes on where it was when the API is started anew: nothing is lost, nothing doubled', async () => {
    const job = await startDeploy()
    const { page } = await stage.open(`/console/jobs/${job.id}`, { prepare: (page) => page.addInitScript(tap) })
    const { page: log } = await stage.open(`/console/jobs/${job.id}/log`)
    const banner = page.locator('.banner')
    await expect.poll(async () => (await readStreams(page)).lastId).not.toBe('')
    const before =
      (await stage.api.call('GET', `/v1/jobs/${job.id}/events?follow=0`)).text.match(/^id: /gm)?.length ?? 0

    await tell(job, 'before')
    await page.getByText('started before').waitFor({ state: 'attached' })
    await log.getByText('before', { exact: true }).waitFor()
    await stage.api.restart(async () => {
      for (const name of ['away-1', 'away-2', 'away-3']) await tell(job, name)
      await banner.getByText(/No events from the server since \d\d:\d\d/).waitFor()
      expect(await page.getByText('started away-1').count()).toBe(0)
    })
    await banner.waitFor({ state: 'detached' })
    await tell(job, 'after')
    await finish(stage.api, job)

    await page.locator('.page-head').getByText('succeeded').waitFor()
    const told = await page.locator('.events li > span').allTextContents()
    const names = ['before', 'away-1', 'away-2', 'away-3', 'after']
    expect(told.filter((text) => text.startsWith('started '))).toEqual(names.map((name) => `started ${name} of r2`))
    // The five, and the end.
    const { opened, seen } = await readStreams(page)
    expect(seen).toEqual(Array.from({ length: names.length + 1 }, (_, index) => before + index + 1))
    expect(opened[0]).toBe(null)
    expect(opened.slice(1).every((since) => since !== null)).toBe(true)

    await log.getByText('after', { exact: true }).waitFor()
    expect(await log.locator('.row > span').allTextContents()).toEqual(names)
  })

  test('costs nothing while nobody looks, and is current when somebody does', async () => {
    const asked: string[] = []
    const { page } = await stage.open('/console/apps/shop/staging', {
      async prepare(page) {
        await page.clock.install()
        await page.addInitScript(tap + looking)
        page.on('request', (request) => asked.push(request.url()))
      },
    })
    // Only what has heard where the events stand can go on from there.
    await expect.poll(async () => (await readStreams(page)).lastId).not.toBe('')
    await page.locator('[aria-labelledby=desired]').getByText('1.0.0').waitFor()

    await page.evaluate('look(false)')
    await expect.poll(async () => (await readStreams(page)).open).toBe(0)
    const { lastId, opened } = await readStreams(page)
    asked.length = 0
    await playBuild(stage.api, { version: '2.0.0' })
    const { number } = await playDeploy(stage.api, { version: '2.0.0' })
    // Of this there is no event.
    const replica = { name: 'lost-one', revision: number, healthy: false, state: 'exited', reason: null, host: null }
    const observed = { replicas: [replica], traffic: { [number]: 100 }, drift: [], address: null, desiredReplicas: 2 }
    await recordObservation(stage.api.ledger, { app: 'shop', environment: 'staging', observed })
    await page.clock.fastForward(60_000)
    expect(asked).toEqual([])

    await page.evaluate('look(true)')
    await page.locator('[aria-labelledby=desired]').getByText('2.0.0').waitFor()
    await page.getByText('lost-one').waitFor()
    await expect.poll(async () => (await readStreams(page)).open).toBe(1)
    expect((await readStreams(page)).opened).toEqual([...opened, lastId])

    // Away while nobody looked: it says since when, and not since somebody looks.
    await page.evaluate('look(false)')
    await stage.api.restart(async () => {
      await page.clock.fastForward(60_000)
      await page.evaluate('look(true)')
      await page.locator('.banner').getByText(/1 min/).waitFor()
    })
    await page.locator('.banner').waitFor({ state: 'detached' })
  })
})
