import { expect, test } from 'vitest'
import { isUp, parseServerStats, parseToldServers, parseWorkers } from './admin-tables.ts'

const table = `
# pxname,svname,scur,econ,eresp,status,hrsp_2xx,hrsp_4xx,hrsp_5xx,check_status,check_code,last_chk,rtime,addr,uweight,check_desc,
host.a,r1-1,2,1,0,UP 2/3,10,3,4,L7OK,200,"ok, ""fine""",12,172.18.0.9:8080,256,Layer7 check passed,
host.a,r2-1,0,0,0,MAINT,,,,,,,,172.18.0.10:8080,0,,

`

test('reads the servers of a backend by the names of the columns', () => {
  expect(parseServerStats(table)).toEqual([
    {
      name: 'r1-1',
      status: 'UP 2/3',
      weight: 256,
      address: '172.18.0.9:8080',
      sessions: 2,
      requests: 18,
      errors: 5,
      responseMs: 12,
      check: 'L7OK 200 Layer7 check passed',
    },
    {
      name: 'r2-1',
      status: 'MAINT',
      weight: 0,
      address: '172.18.0.10:8080',
      sessions: 0,
      requests: 0,
      errors: 0,
      responseMs: 0,
      check: '',
    },
  ])
})

test('a backend without servers is another thing than none', () => {
  expect(parseServerStats('\n# pxname,svname,\n\n')).toEqual([])
  expect(parseServerStats('No such proxy.\n')).toBeUndefined()
})

test('only HAProxy’s own word makes a backend one that is not there', () => {
  expect(parseToldServers('No such proxy.\n')).toEqual([])
  expect(parseToldServers("Can't find the target PID matching the prefix '@!8'\n")).toEqual([])
  expect(parseToldServers("Can't find the target PID matching the prefix '@1'\n")).toBeUndefined()
  expect(parseToldServers('')).toBeUndefined()
  expect(parseToldServers('\n# old workers\n\n')).toBeUndefined()
  expect(parseToldServers(table)).toHaveLength(2)
})

test.each([
  ['UP', true],
  ['UP 1/3', true],
  ['no check', true],
  ['DRAIN', true],
  ['DOWN', false],
  ['DOWN 1/2', false],
  ['MAINT', false],
])('%s serves: %s', (status, up) => {
  expect(isUp({ ...parseServerStats(table)![0]!, status })).toBe(up)
})

const header = '#<PID>          <type>          <reloads>       <uptime>        <version>      '

test('tells the process that takes new connections from those that end', () => {
  const text = `${header}
1               master          2 [failed: 0]   0d00h03m01s     2.6.12-1+deb12u4
# workers
31              worker          0               1d01h01m09s     2.6.12-1+deb12u4
# old workers
24              worker          1               0d00h01m19s     2.6.12-1+deb12u4
8               worker          2               0d00h03m01s     2.6.12-1+deb12u4
# programs
`
  expect(parseWorkers(text)).toEqual({ newest: 31, ageSeconds: 90_069, old: [24, 8] })
})

test('there may be none', () => {
  expect(parseWorkers(`${header}\n1 master 0 [failed: 0] 0d00h00m01s 3.2.26\n# workers\n`)).toBeUndefined()
  expect(parseWorkers('')).toBeUndefined()
})
