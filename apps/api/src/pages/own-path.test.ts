import { expect, test } from 'vitest'
import { chooseOwnPath } from './own-path.ts'

test.each(['/console', '/console/apps/shop?tab=1', '/queues', '/queues/queue/build?status=failed', '/queues/'])(
  '%s is kept',
  (path) => {
    expect(chooseOwnPath(path, ['/console', '/queues'])).toBe(path)
  },
)

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
])('%j leads to the first', (path) => {
  expect(chooseOwnPath(path, ['/console', '/queues'])).toBe('/console')
})
