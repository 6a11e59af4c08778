import { expect, test } from 'vitest'
import type { ServerStat } from './admin-tables.ts'
import { foldLastResorts } from './last-resort.ts'
import type { Route } from './route.ts'
import { findMismatches, planCommands } from './runtime-commands.ts'

const server = (revision: number) => ({
  name: `r${revision}-1`,
  revision,
  address: `172.18.0.${revision}`,
  port: 8080,
  check: { path: '/health', intervalMs: 1000, timeoutMs: 2000, rise: 2 },
})
const stat = (revision: number, weight: number, status = 'UP'): ServerStat => ({
  name: `r${revision}-1`,
  status,
  weight,
  address: `172.18.0.${revision}:8080`,
  sessions: 0,
  requests: 0,
  errors: 0,
  responseMs: 0,
  check: '',
})
const route: Route = {
  app: 'shop',
  environment: 'staging',
  host: 'shop.test',
  sticky: false,
  traffic: { 2: 100 },
  servers: [server(1), server(2)],
}

/** A server with its last resort. */
const both = (one: ServerStat): ServerStat[] => [
  one,
  { ...one, name: `${one.name}.last-resort`, status: one.status.startsWith('MAINT') ? 'MAINT' : 'no check' },
]

test('a newcomer is added with its last resort, then gains before the other loses', () => {
  expect(planCommands(route, both(stat(1, 256)))).toEqual([
    'add server host.shop.test/r2-1 172.18.0.2:8080 check inter 1000ms fastinter 1000ms downinter 1000ms rise 2 fall 3 weight 0',
    'enable health host.shop.test/r2-1',
    'set server host.shop.test/r2-1 state ready',
    'add server host.shop.test/r2-1.last-resort 172.18.0.2:8080 backup weight 0',
    'set server host.shop.test/r2-1.last-resort state ready',
    'set server host.shop.test/r2-1 weight 256',
    'set server host.shop.test/r2-1.last-resort weight 256',
    'set server host.shop.test/r1-1 weight 0',
    'set server host.shop.test/r1-1.last-resort weight 0',
  ])
})

test('who left is taken out last', () => {
  const present = [stat(1, 0), stat(2, 256)].flatMap(both)
  expect(planCommands({ ...route, servers: [server(2)] }, present)).toEqual([
    'set server host.shop.test/r1-1 state maint',
    'del server host.shop.test/r1-1',
    'set server host.shop.test/r1-1.last-resort state maint',
    'del server host.shop.test/r1-1.last-resort',
  ])
})

test('nothing is said where all is as wanted', () => {
  const present = [stat(1, 0, 'DRAIN'), stat(2, 256)].flatMap(both)
  expect(planCommands(route, present)).toEqual([])
  expect(findMismatches(route, present)).toEqual([])
})

test('one that lingers in maintenance comes back at its new address', () => {
  const present = [{ ...stat(1, 0, 'MAINT'), address: '172.18.0.9:8080' }, stat(2, 256)].flatMap(both)
  expect(planCommands(route, present)).toEqual([
    'set server host.shop.test/r1-1 addr 172.18.0.1 port 8080',
    'set server host.shop.test/r1-1.last-resort addr 172.18.0.1 port 8080',
    'enable health host.shop.test/r1-1',
    'set server host.shop.test/r1-1 state ready',
    'set server host.shop.test/r1-1.last-resort state ready',
  ])
  expect(findMismatches(route, present)).toEqual(['r1-1', 'r1-1.last-resort'])
})

test('a sticky server without a share goes into maintenance', () => {
  expect(planCommands({ ...route, sticky: true }, [stat(1, 256), stat(2, 256)].flatMap(both))).toEqual([
    'set server host.shop.test/r1-1 weight 0',
    'set server host.shop.test/r1-1 state maint',
    'set server host.shop.test/r1-1.last-resort weight 0',
    'set server host.shop.test/r1-1.last-resort state maint',
  ])
})

test('strays and wrong weights are mismatches', () => {
  expect(findMismatches(route, [...both(stat(1, 3)), ...both(stat(2, 256)), stat(3, 1)])).toEqual([
    'r1-1',
    'r1-1.last-resort',
    'r3-1',
  ])
})

test('what a server did and what its last resort did is one figure', () => {
  const busy = { ...stat(1, 256), sessions: 1, requests: 5, errors: 2 }
  const [main, twin] = both(busy)
  const alone = { ...stat(2, 0), name: 'r2-1.last-resort', sessions: 3 }
  expect(foldLastResorts([main, twin, alone].filter((one) => one !== undefined))).toEqual([
    { ...busy, sessions: 2, requests: 10, errors: 4 },
    { ...alone, name: 'r2-1' },
  ])
})
