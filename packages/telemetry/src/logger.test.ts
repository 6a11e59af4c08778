import { expect, test } from 'vitest'
import { createLogger, redactLogs } from './logger.ts'
import { createRedactor } from './redaction/redactor.ts'

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
      'log.level': 'info',
      'service.name': 'stevedore-api',
      message: 'claimed',
      jobId: 'j',
      correlationId: 'c-1',
      '@timestamp': expect.stringMatching(/Z$/),
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

test('masks what is to be hidden in the texts of a line, errors included, for as long as it is', () => {
  const { logger, read, lines } = openLog()
  const show = redactLogs(createRedactor(['p@ss "word"', '12345']).redact)
  logger.warn({ err: new Error('no p@ss "word"'), port: 12345, query: 'v=p%40ss+%22word%22' }, 'p@ss "word" again')
  expect(read()).toMatchObject([{ error: { message: 'no ***' }, port: 12345, query: 'v=***', message: '*** again' }])
  expect(lines.join('')).not.toContain('word')
  expect(lines.join('')).toMatch(/^[^\n]*\n$/)
  show()
  logger.warn('p@ss "word"')
  expect(read()[1]).toMatchObject({ message: 'p@ss "word"' })
})

test('masks what a text of a line spells in its own way', () => {
  const { logger, lines } = openLog()
  const value = 'p@ss "word"'
  const show = redactLogs(createRedactor([value]).redact)
  logger.warn(`the app answered ${JSON.stringify(JSON.stringify({ value }))}`)
  expect(lines.join('')).not.toContain('word')
  show()
})
