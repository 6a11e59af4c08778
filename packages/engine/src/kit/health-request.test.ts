import { expect, test } from 'vitest'
import { buildHealthRequest, isHealthyStatus, readHealthAnswer } from './health-request.ts'

test('the final answer counts, whatever came before it', () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  expect(readHealthAnswer(ok)).toEqual({ status: 200, body: 'ok' })
  expect(readHealthAnswer(hints + hints + ok)).toEqual({ status: 200, body: 'ok' })
  expect(readHealthAnswer(`HTTP/1.1 100 Continue\r\n\r\n${hints}HTTP/1.0 503 No\r\n\r\nno`)).toEqual({
    status: 503,
    body: 'no',
  })
})

test('no answer is none, and one without a body has none', () => {
  expect(readHealthAnswer('')).toBeUndefined()
  expect(readHealthAnswer('HTTP/1.1 103 Early Hints\r\n\r\n')).toBeUndefined()
  expect(readHealthAnswer('SSH-2.0-OpenSSH')).toBeUndefined()
  expect(readHealthAnswer('HTTP/1.1 204 No Content\r\n')).toEqual({ status: 204, body: '' })
})

test.each([
  [199, false],
  [200, true],
  [399, true],
  [400, false],
  [429, false],
])('%i passes a deploy’s gate: %s', (status, healthy) => expect(isHealthyStatus(status)).toBe(healthy))

test('a probe says what it is', () => {
  expect(buildHealthRequest('/health?full=1', 'shop.test').split('\r\n')).toEqual([
    'GET /health?full=1 HTTP/1.1',
    'Host: shop.test',
    'User-Agent: stevedore-health',
    'Connection: close',
    '',
    '',
  ])
})
