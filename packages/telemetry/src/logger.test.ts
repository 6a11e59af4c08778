import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function openLog(level = 'info') {
  const lines: string[] = []
  const logger = createLogger({ level, name: 'api', destination: { write: (line: string) => void lines.push(line) } })
  return { logger, read: () => lines.map((line) => JSON.parse(line)), lines }
}

test('writes JSON lines with name, time and what a child logger carries', () => {
  const { logger, read } = openLog()
  logger.child({ correlationId: 'c-1' }).info({ jobId: 'j' }, 'claimed')
  expect(read()).toEqual([
    expect.objectContaining({
      level: 30,
      name: 'api',
      msg: 'claimed',
      jobId: 'j',
      correlationId: 'c-1',
      time: expect.stringMatching(/Z$/),
    }),
  ])
})

test('leaves out what is below its level', () => {
  const { logger, lines } = openLog('warn')
  logger.info('quiet')
  expect(lines).toEqual([])
})

test('masks fields that are secret by their name, at any of the usual depths', () => {
  const { logger, lines } = openLog()
  logger.info({
    token: 's3cr3t',
    request: { headers: { authorization: 's3cr3t', 'set-cookie': 's3cr3t' } },
    a: { b: { c: { password: 's3cr3t' } } },
  })
  expect(lines.join()).not.toContain('s3cr3t')
  expect(lines.join()).toContain('"token":"***"')
})

test('masks the credentials of addresses in messages and stacks', () => {
  const { logger, lines } = openLog()
  logger.error(new Error('cannot reach https://user:s3cr3t@host/x'))
  expect(lines.join()).not.toContain('s3cr3t')
  expect(lines.join()).toContain('https://***@host/x')
})
