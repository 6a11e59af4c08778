import { FailureError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { addSamples, type Host, mergeObservations, runInTurn } from './hosts.ts'

const hosts = ['a', 'b', 'c'].map((name) => ({ name }) as Host)
const calm = new AbortController().signal

test('a host that fails is named and ends the turn', async () => {
  const done: (string | undefined)[] = []
  const work = async ({ name }: Host) => {
    if (name === 'b') throw new FailureError('never-healthy', { diagnosis: '503 warming up' })
    done.push(name)
  }
  await expect(runInTurn(hosts, work, calm)).rejects.toMatchObject({
    code: 'never-healthy',
    diagnosis: 'on host b: 503 warming up',
  })
  expect(done).toEqual(['a'])
})

test('an abort ends the turn between hosts, with its own reason', async () => {
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const done: (string | undefined)[] = []
  const work = async ({ name }: Host) => {
    done.push(name)
    abort.abort(reason)
  }
  await expect(runInTurn(hosts, work, abort.signal)).rejects.toBe(reason)
  expect(done).toEqual(['a'])
})

test('hosts are seen as one place; traffic is the mean of those that serve', () => {
  const replica = { name: 'x', revision: 1, healthy: true, state: 'running' }
  const idle = { replicas: [replica], traffic: {}, drift: [] }
  const half = { replicas: [replica], traffic: { 1: 50, 2: 50 }, drift: [], address: 'http://shop.test' }
  const full = { replicas: [replica], traffic: { 2: 100 }, drift: [{ field: 'x', wanted: '1', found: '2' }] }
  expect(mergeObservations([idle, half, full])).toEqual({
    replicas: [replica, replica, replica],
    traffic: { 1: 25, 2: 75 },
    drift: full.drift,
    address: 'http://shop.test',
  })
})

test('figures of hosts add up, and of none are none', () => {
  const samples = [{ requests: 10, errors: 1, latencyMs: 10 }, undefined, { requests: 30, errors: 0, latencyMs: 20 }]
  expect(addSamples(samples)).toEqual({ requests: 40, errors: 1, latencyMs: 17.5 })
  expect(addSamples([undefined])).toBeUndefined()
})
