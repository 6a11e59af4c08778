import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger } from '@stevedore/telemetry'
import { expect, test } from 'vitest'

const conf = readFileSync(join(import.meta.dirname, '../../docker/fluentd/fluent.conf'), 'utf8')

function writeLine(): Record<string, unknown> {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  createLogger({ level: 'info', name: 'worker', destination }).warn({ err: new TypeError('no'), jobId: 'j' }, 'failed')
  return JSON.parse(lines[0] ?? '')
}

/** What Fluentd's JSON parser is told of a line. */
const setting = (name: string) => new RegExp(`^ +${name} (.+)$`, 'm').exec(conf)?.[1] ?? ''

const fieldsOfTime: Record<string, string> = {
  ...{ '%Y': '\\d{4}', '%m': '\\d\\d', '%d': '\\d\\d', '%H': '\\d\\d', '%M': '\\d\\d', '%S': '\\d\\d' },
  '%L': '\\d{3}',
}

test('Fluentd reads the time of a line from the field and in the form that it has', () => {
  const form = setting('time_format')
    .replace('.', '\\.')
    .replaceAll(/%./g, (field) => fieldsOfTime[field] ?? '(never)')
  expect(writeLine()[setting('time_key')]).toMatch(new RegExp(`^${form}$`))
})

test('common fields have the names of the Elastic Common Schema, and a level is a word', () => {
  expect(writeLine()).toEqual({
    '@timestamp': expect.any(String),
    'log.level': 'warn',
    message: 'failed',
    'service.name': 'stevedore-worker',
    'process.pid': process.pid,
    'host.hostname': expect.any(String),
    error: { type: 'TypeError', message: 'no', stack_trace: expect.stringContaining('TypeError: no') },
    jobId: 'j',
  })
})
