import { expect, test } from 'vitest'
import { parseWorkers } from './worker-list.ts'

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
