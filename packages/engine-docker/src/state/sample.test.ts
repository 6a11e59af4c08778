import { expect, test } from 'vitest'
import { countSince } from './sample.ts'

const server = (name: string, revision: number) => ({
  name,
  revision,
  address: '172.18.0.9',
  port: 8080,
  check: { intervalMs: 1_000, timeoutMs: 1_000, rise: 1 },
})
const stat = (name: string, requests: number, errors: number, responseMs: number) => ({
  name,
  requests,
  errors,
  responseMs,
  status: 'UP',
  weight: 1,
  address: '172.18.0.9:8080',
  sessions: 0,
  check: '',
})
const servers = [server('r1-1', 1), server('r2-1', 2), server('r2-2', 2)]
const seen = { pid: 8, servers: [stat('r1-1', 900, 9, 5), stat('r2-1', 40, 3, 10), stat('r2-2', 10, 0, 30)] }

test('counts a revision from the last change of traffic on', () => {
  const baseline = { pid: 8, counts: { 'r2-1': { requests: 10, errors: 1 } } }
  expect(countSince({ servers, baseline }, 2, seen)).toEqual({ requests: 40, errors: 2, latencyMs: 15 })
})

test('a process that started since then began at zero', () => {
  const baseline = { pid: 7, counts: { 'r2-1': { requests: 10, errors: 1 } } }
  expect(countSince({ servers, baseline }, 2, seen)).toEqual({ requests: 50, errors: 3, latencyMs: 14 })
})

test('without requests there is no latency', () => {
  expect(countSince({ servers }, 3, seen)).toEqual({ requests: 0, errors: 0, latencyMs: undefined })
})
