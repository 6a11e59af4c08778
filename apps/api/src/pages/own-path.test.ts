import { expect, test } from 'vitest'
import { chooseOwnPath } from './own-path.ts'

test.each(['/queues', '/queues/queue/build?status=failed', '/queues/'])('%s is kept', (path) => {
  expect(chooseOwnPath(path, '/queues')).toBe(path)
})

test.each([
  null,
  '',
  'https://evil.example/queues',
  '//evil.example/queues',
  '/\\evil.example/queues',
  '\t//evil.example/queues',
  'javascript:alert(1)',
  '/queues/../v1/jobs',
  '/queues/%2e%2e/v1/jobs',
  '/queuesque',
  '/v1/jobs',
  'http://[',
])('%j leads to the queues', (path) => {
  expect(chooseOwnPath(path, '/queues')).toBe('/queues')
})
