import { operations } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { exitStatus } from '../exit.ts'
import { fillPath, toRequest } from './request.ts'

const caller = { url: 'http://server', token: undefined }

test.each(Object.entries(operations))(
  '%s: every parameter of its path is filled, and none is left over',
  (_name, { url, ...operation }) => {
    const named = [...url.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name!)
    expect('params' in operation ? Object.keys(operation.params.shape).sort() : []).toEqual(named.sort())
    const path = fillPath(url, Object.fromEntries(named.map((name) => [name, `a ${name}`])))
    expect(path.split('/')).toEqual(url.split('/').map((part) => part.replace(/^:/, 'a%20')))
  },
)

test('names in a path are encoded', () => {
  expect(fillPath(operations.listImages.url, { app: '../tokens' })).toBe('/v1/apps/..%2Ftokens/images')
})

test.each(['', '.', '..'])('%j is no name: it would lead to another path', (app) => {
  expect(() => fillPath(operations.retireApp.url, { app })).toThrow(
    expect.objectContaining({ status: exitStatus.usage }),
  )
})

test.each([
  ['getJob', 'application/json'],
  ['followJobEvents', 'text/event-stream'],
  ['readJobLog', 'text/plain'],
  ['readEnvironmentLog', 'text/plain'],
] as const)('%s asks for %s', (name, mediaType) => {
  const params = { id: 'j', app: 'a', environment: 'e' }
  expect(toRequest(caller, operations[name], { params }).headers.get('accept')).toBe(mediaType)
})

test('a body goes out as JSON, a stream as what its operation takes', async () => {
  const json = toRequest(caller, operations.createToken, { body: { name: 'ann', role: 'viewer' } })
  expect([json.headers.get('content-type'), await json.json()]).toEqual([
    'application/json',
    { name: 'ann', role: 'viewer' },
  ])
  const open = () => new Blob(['tar']).stream()
  const tar = toRequest(caller, operations.uploadSource, { params: { app: 'shop' }, body: open })
  expect([tar.headers.get('content-type'), await tar.text()]).toEqual(['application/x-tar', 'tar'])
  const none = toRequest(caller, operations.cancelJob, { params: { id: 'j' } })
  expect([none.headers.has('content-type'), none.body]).toEqual([false, null])
})
