import { expect, test } from 'vitest'
import { refusePlainHttp } from './refuse-plain-http.ts'

const machine = { lo: [{ address: '127.0.0.1' }], eth0: [{ address: '203.0.113.7' }, { address: '2001:db8::7' }] }
const container = { lo: [{ address: '127.0.0.1' }], eth0: [{ address: '10.1.2.3' }, { address: '2600:1f18::7' }] }
const open = { environment: 'production', host: '0.0.0.0', trustProxy: [] } as const

test('in production no API speaks plain HTTP on all addresses of a machine that has a public one', () => {
  for (const host of ['0.0.0.0', '::'])
    expect(() => refusePlainHttp({ ...open, host }, machine)).toThrow(/203\.0\.113\.7 as well, a public address/)
  const harmless = [
    [open, container],
    [{ ...open, environment: 'staging' as const }, machine],
    [{ ...open, trustProxy: ['10.0.0.1'] }, machine],
    [{ ...open, host: '127.0.0.1' }, machine],
  ] as const
  for (const [config, interfaces] of harmless) expect(() => refusePlainHttp(config, interfaces)).not.toThrow()
})
