import { setTimeout as sleep } from 'node:timers/promises'
import { FailureError } from '@stevedore/contract'
import type { ImageEngine, WorkContext } from '@stevedore/engine'
import { openLedger } from '@stevedore/ledger'
import { createRepository, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let images: ImageEngine
const repository = createRepository()
const request = { kind: 'build', app: 'shop', version: '1.0.0' } as const
const secret = 'the/päss&word "1"'

beforeAll(async () => {
  repository.commit({ Dockerfile: 'FROM scratch AS production\n' })
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  images = stage.engines.images
  const build = { targets: ['production'], default: 'production', secrets: ['TOKEN'] }
  const body = { ...sampleSpec(), source: { git: repository.url }, build }
  expect(await stage.api.call('PUT', '/v1/apps/shop', { body })).toMatchObject({ status: 201 })
  expect(await stage.api.call('PUT', '/v1/secrets/TOKEN?app=shop', { body: { value: secret } })).toMatchObject({
    status: 200,
  })
  // Gives a statement up soon, so that what is slow is tried more than once.
  const url = stage.api.serviceUrl
  const ledger = openLedger({ url, masterKey: stage.api.masterKey, statementTimeoutMs: 1_000, onError() {} })
  await stage.startWorker({ MAX_LOG_BYTES: String(4 * 2 ** 20) }, ledger)
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})
beforeEach(() => {
  stage.engines.images = images
})

/** The next build prints so. */
function printWith(print: (context: WorkContext) => Promise<void>): void {
  stage.engines.images = {
    ...images,
    async build(build, context) {
      await print(context)
      return images.build(build, context)
    },
  }
}

test('what is to be known of an image stands in its report, once', async () => {
  printWith(async ({ warn }) => {
    for (const line of ['left out', 'left out', 'not fetched']) warn?.(line)
  })
  expect(await stage.run(request)).toMatchObject({ state: 'succeeded' })
  const { body } = await stage.api.call('GET', '/v1/apps/shop/images?version=1.0.0')
  expect(body.items[0].report.warnings).toEqual(['left out', 'not fetched'])
})

/** As an engine copies a stream: a piece, then room for the next. */
async function copyLines(
  context: WorkContext,
  lines: readonly string[],
  onPiece: (printed: number) => void = () => {},
) {
  for (let at = 0; at < lines.length; at += 500) {
    for (const line of lines.slice(at, at + 500)) context.log(line)
    onPiece(Math.min(at + 500, lines.length))
    await context.awaitRoom()
  }
}

const readLog = async (id: string, query = '') => (await stage.api.call('GET', `/v1/jobs/${id}/logs${query}`)).text
const linesOf = (text: string) => text.split('\n').slice(0, -1)
const words = 'words of it '.repeat(80).trim()
const number = (count: number, text: string) => Array.from({ length: count }, (_, line) => `${line} ${text}`)

/** Nobody can write to the log until it is released. Readers are not in the way. */
async function lockLog() {
  // What others do looks the same throughout a transaction: whoever watches is in none.
  const [client, watcher] = [1, 2].map(() => new Client({ connectionString: stage.api.databaseUrl })) as [
    Client,
    Client,
  ]
  await Promise.all([client.connect(), watcher.connect()])
  await client.query('begin; lock table log_chunks in exclusive mode')
  return {
    /** Resolves once so many writes have waited in vain or do so now. */
    async untilTried(times: number): Promise<void> {
      const seen = new Set<string>()
      while (seen.size < times) {
        const { rows } = await watcher.query(
          `select query_start::text as at from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into "log_chunks"%'`,
        )
        for (const { at } of rows) seen.add(at)
        await sleep(20)
      }
    },
    release: () => Promise.all([client.end(), watcher.end()]),
  }
}

test('a ledger that is slow holds a build, which loses no line; all who follow it see each, in order, once', async () => {
  const lines = number(60_000, `of what it prints, with ${secret} in it`)
  const shown = lines.map((line) => line.replace(secret, '***'))
  let [printed, printedMeanwhile] = [0, 0]
  printWith(async (context) => {
    const lock = await lockLog()
    const copied = copyLines(context, lines, (count) => (printed = count))
    await lock.untilTried(2)
    printedMeanwhile = printed
    await lock.release()
    await copied
  })
  const id = await stage.request(request)
  const following = [1, 2, 3].map(() => readLog(id, '?follow=1'))
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect(printedMeanwhile).toBeGreaterThan(0)
  expect(printedMeanwhile).toBeLessThan(lines.length)
  const log = await readLog(id)
  const from = linesOf(log).indexOf(shown[0] as string)
  expect(linesOf(log).slice(from, from + lines.length)).toEqual(shown)
  for (const followed of await Promise.all(following)) expect(followed === log).toBe(true)
})

test('of lines that do not wait for room as many as can be held are kept, and the log says how many are not', async () => {
  const lines = number(4_000, words)
  printWith(async (context) => {
    const lock = await lockLog()
    for (const line of lines) context.log(line)
    await lock.untilTried(1)
    await lock.release()
    await context.awaitRoom()
    context.log('and on')
  })
  const { id } = await stage.run(request)
  const log = linesOf(await readLog(id))
  const notice = log.findIndex((line) => line.includes('were dropped here'))
  const kept = log.slice(0, notice).filter((line) => line.endsWith(words))
  expect(kept).toEqual(lines.slice(0, kept.length))
  expect(log.slice(notice, notice + 2)).toEqual([
    `[${lines.length - kept.length} lines were dropped here: the ledger did not take them in time]`,
    'and on',
  ])
})

test('a log that is too long says where it is cut and how much is left out, and has the last lines, where the error is', async () => {
  const lines = [...number(6_000, words), 'the reason']
  printWith(async (context) => {
    await copyLines(context, lines)
    throw new FailureError('build-failed', { diagnosis: 'exit code: 7' })
  })
  const { id, state } = await stage.run(request)
  expect(state).toBe('failed')
  const text = await readLog(id)
  const log = linesOf(text)
  const cut = log.findIndex((line) => line.includes('longer than 4 MiB (MAX_LOG_BYTES)'))
  const leftOut = Number(/^\[(\d+) lines are left out here\]$/.exec(log[cut + 1] ?? '')?.[1])
  // The line at the limit is cut in two.
  const head = log.slice(0, cut - 1).filter((line) => line.endsWith(words))
  const tail = log.slice(cut + 2)
  expect(head).toEqual(lines.slice(0, head.length))
  expect(tail).toEqual(lines.slice(head.length + leftOut))
  expect(tail.length).toBeGreaterThan(100)
  expect(Buffer.byteLength(text)).toBeLessThan(4.5 * 2 ** 20)
})

test('a ledger that takes little at a time is given little at a time', async () => {
  const client = new Client({ connectionString: stage.api.databaseUrl })
  await client.connect()
  onTestFinished(async () => {
    await client.query('drop trigger slow on log_chunks; drop function be_slow')
    await client.end()
  })
  // What is more than a third of a megabyte takes it longer than a statement may.
  await client.query(`
    create function be_slow() returns trigger language plpgsql as $$ begin
      if (select sum(octet_length(text)) from added) > 350000 then perform pg_sleep(60); end if;
      return null;
    end $$;
    create trigger slow after insert on log_chunks referencing new table as added for each statement execute function be_slow()`)
  const lines = number(3_000, words)
  printWith((context) => copyLines(context, lines))
  const { id, state } = await stage.run(request)
  expect(state).toBe('succeeded')
  const log = linesOf(await readLog(id)).filter((line) => line.endsWith(words))
  expect(log).toEqual(lines)
})
