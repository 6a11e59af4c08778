import { randomUUID } from 'node:crypto'
import { DatabaseError, type Pool } from 'pg'
import { expect, test } from 'vitest'
import { type Deadline, InDoubtError, LateError, openDeadline, underDeadline } from '../foundation/deadline.ts'
import type { Ledger } from '../foundation/ledger.ts'
import type { NewJob } from './job.ts'
import { recordTogether, type SharedDraft } from './record-together.ts'

type Row = Record<string, unknown>

/** As the table has what a draft says nothing of. */
const complete = (row: Row) => ({ control: {}, result: null, error: null, ...row })

/** A ledger whose server answers as given, and whose connections are given back once. */
function openNoted(answer: (rows: Row[]) => unknown = (rows) => ({ rows: rows.map(complete) })) {
  const said: string[] = []
  async function connect() {
    said.push('connect')
    let isOut = true
    return {
      async query({ name, values: [rows = ''] }: { name: string; values: string[] }) {
        said.push(name)
        return answer(JSON.parse(rows))
      },
      release(broken = false) {
        if (!isOut) throw new Error('released twice')
        isOut = false
        said.push(broken ? 'given up' : 'given back')
      },
    }
  }
  return { ledger: { pool: { connect } as unknown as Pool } as Ledger, said }
}

const by = { actor: 'token:t', correlationId: 'c' }

function draft(job: { request?: unknown } = {}): SharedDraft {
  const request = { kind: 'push', app: 'shop', version: '1.0.0' }
  const resolved = { kind: 'push', images: [] }
  const all = { kind: 'push', app: 'shop', environment: null, specVersion: 1, request, resolved, ...job } as NewJob
  return { id: randomUUID(), job: all, requestedBy: by.actor, by }
}

/** One goes ahead alone, so that the others share the next statement. */
function recordBehind(ledger: Ledger, drafts: readonly SharedDraft[], deadlines: readonly Deadline[] = []) {
  const first = recordTogether(ledger, draft())
  const rest = drafts.map((one, n) => underDeadline(deadlines[n] ?? openDeadline(), () => recordTogether(ledger, one)))
  return Promise.allSettled([first, ...rest]).then(([, ...others]) => others)
}

test('a row that cannot be read concerns its own caller alone, and is kept', async () => {
  const unreadable = draft()
  const spoil = (row: Row) => (row.id === unreadable.id ? { ...row, control: 'no such thing' } : row)
  const { ledger, said } = openNoted((rows) => ({ rows: rows.map((row) => spoil(complete(row))) }))
  const deadline = openDeadline()
  const others = [draft(), draft()]
  const [own, ...rest] = await recordBehind(ledger, [unreadable, ...others], [deadline])
  expect(own).toMatchObject({ status: 'rejected' })
  expect(rest).toMatchObject(others.map(({ id }) => ({ status: 'fulfilled', value: { id } })))
  expect(deadline.expire()).toBe(true)
  expect(said.slice(-3)).toEqual(['connect', 'record-jobs', 'given back'])
})

test('what cannot be written is not sent, and in doubt for nobody: each is recorded alone', async () => {
  const request = {
    toJSON: () => {
      throw new Error('not to be written')
    },
  }
  const { ledger, said } = openNoted()
  const deadline = openDeadline()
  const answers = await recordBehind(ledger, [draft(), draft({ request })], [deadline])
  expect(answers).toEqual([0, 1].map(() => ({ status: 'fulfilled', value: undefined })))
  expect(deadline.expire()).toBe(false)
  expect(said.slice(3)).toEqual(['connect', 'given back'])
})

test('where none is in time, no connection is taken; where time runs out before there is one, nothing is said', async () => {
  const { ledger, said } = openNoted()
  const over = openDeadline()
  over.expire()
  const late = [{ status: 'rejected', reason: expect.any(LateError) }]
  expect(await recordBehind(ledger, [draft()], [over])).toEqual(late)
  expect(said).toEqual(['connect', 'record-jobs', 'given back'])
  const running = openDeadline()
  const alone = underDeadline(running, () => recordTogether(ledger, draft()))
  running.expire()
  expect(await Promise.allSettled([alone])).toEqual(late)
  expect(said.slice(3)).toEqual(['connect', 'given back'])
})

test('a statement that the server refuses keeps nothing; one without an answer leaves all in doubt', async () => {
  const refused = openNoted(() => {
    throw Object.assign(new DatabaseError('it took too long', 1, 'error'), { code: '57014' })
  })
  const [one, two] = [openDeadline(), openDeadline()]
  expect(await recordBehind(refused.ledger, [draft()], [one])).toEqual([{ status: 'fulfilled', value: undefined }])
  expect(one.expire()).toBe(false)
  const broken = openNoted(() => {
    throw new Error('Connection terminated unexpectedly')
  })
  expect(await recordBehind(broken.ledger, [draft()], [two])).toEqual([
    { status: 'rejected', reason: expect.any(InDoubtError) },
  ])
  expect(two.expire()).toBe(true)
  expect(broken.said.at(-1)).toBe('given up')
})
