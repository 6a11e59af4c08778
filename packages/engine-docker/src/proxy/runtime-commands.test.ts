import { expect, test } from 'vitest'
import type { ServerStat } from './admin-tables.ts'
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

test('a newcomer is added, then gains before the other loses', () => {
  expect(planCommands(route, [stat(1, 256)])).toEqual([
    'add server host.shop.test/r2-1 172.18.0.2:8080 check inter 1000ms rise 2 fall 3 weight 0',
    'enable health host.shop.test/r2-1',
    'set server host.shop.test/r2-1 state ready',
    'set server host.shop.test/r2-1 weight 256',
    'set server host.shop.test/r1-1 weight 0',
  ])
})

test('who left is taken out last', () => {
  expect(planCommands({ ...route, servers: [server(2)] }, [stat(1, 0), stat(2, 256)])).toEqual([
    'set server host.shop.test/r1-1 state maint',
    'del server host.shop.test/r1-1',
  ])
})

test('nothing is said where all is as wanted', () => {
  const present = [stat(1, 0, 'DRAIN'), stat(2, 256)]
  expect(planCommands(route, present)).toEqual([])
  expect(findMismatches(route, present)).toEqual([])
})

test('one that lingers in maintenance comes back at its new address', () => {
  const present = [{ ...stat(1, 0, 'MAINT'), address: '172.18.0.9:8080' }, stat(2, 256)]
  expect(planCommands(route, present)).toEqual([
    'set server host.shop.test/r1-1 addr 172.18.0.1 port 8080',
    'enable health host.shop.test/r1-1',
    'set server host.shop.test/r1-1 state ready',
  ])
  expect(findMismatches(route, present)).toEqual(['r1-1'])
})

test('a sticky server without a share goes into maintenance', () => {
  expect(planCommands({ ...route, sticky: true }, [stat(1, 256), stat(2, 256)])).toEqual([
    'set server host.shop.test/r1-1 weight 0',
    'set server host.shop.test/r1-1 state maint',
  ])
})

test('strays and wrong weights are mismatches', () => {
  expect(findMismatches(route, [stat(1, 3), stat(2, 256), stat(3, 1)])).toEqual(['r1-1', 'r3-1'])
})
