import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { InDoubtError, LateError, openDeadline, underDeadline } from './deadline.ts'
import type { Ledger } from './ledger.ts'
import { isLedgerAway } from './ledger-away.ts'
import { transact } from './transact.ts'

/** A ledger whose connection notes what it is told, and answers as given. */
function openNoted(answer: (text: string) => unknown = () => undefined) {
  const said: string[] = []
  const client = {
    async query(text: string) {
      said.push(text)
      return answer(text)
    },
    release: (broken: boolean) => said.push(broken ? 'given up' : 'given back'),
  }
  const ledger = { pool: { connect: async () => client } as unknown as Pool } as Ledger
  return { ledger, said }
}

test('a transaction under a deadline that is over is rolled back before its commit', async () => {
  const { ledger, said } = openNoted()
  const deadline = openDeadline()
  const work = underDeadline(deadline, () => transact(ledger, async () => void deadline.expire()))
  await expect(work).rejects.toBeInstanceOf(LateError)
  expect(said).toEqual(['BEGIN', 'ROLLBACK', 'given back'])
  await expect(underDeadline(deadline, () => transact(ledger, async () => 1))).rejects.toBeInstanceOf(LateError)
  expect(said).not.toContain('COMMIT')
})

test('a deadline says whether a commit has begun: then it decides nothing', async () => {
  const deadline = openDeadline()
  const asked: boolean[] = []
  const { ledger } = openNoted((text) => text === 'COMMIT' && asked.push(deadline.expire()))
  expect(await underDeadline(deadline, () => transact(ledger, async () => 'kept'))).toBe('kept')
  expect(asked).toEqual([true])
  expect(deadline.expire()).toBe(true)
  expect(openDeadline().expire()).toBe(false)
})

test('a connection that breaks at the commit leaves it in doubt, and is an absence of the ledger for who repeats', async () => {
  const { ledger, said } = openNoted((text) => {
    if (text === 'COMMIT') throw new Error('Connection terminated unexpectedly')
  })
  const error = await transact(ledger, async () => 1).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InDoubtError)
  expect(isLedgerAway(error)).toBe(true)
  expect(said.at(-1)).toBe('given up')
})

test('a commit that the server refuses is no doubt', async () => {
  const { ledger } = openNoted((text) => {
    if (text === 'COMMIT') throw Object.assign(new Error('could not serialize'), { code: '40001' })
  })
  await expect(transact(ledger, async () => 1)).rejects.toThrow('could not serialize')
})
