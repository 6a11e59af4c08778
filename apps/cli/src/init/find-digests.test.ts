import { createServer, type Server } from 'node:http'
import { listenLocally, stopServer } from '@stevedore/testkit'
import { afterAll, expect, test } from 'vitest'
import { createDraft, type Draft, readSetting, takeSetting } from './draft.ts'
import { findDigests } from './find-digests.ts'
import { unknownDigest } from './held-back.ts'

type Answer = Parameters<typeof createServer>[1]

const servers: Server[] = []
afterAll(() => Promise.all(servers.map(stopServer)))

/** A registry that does as a test says. */
async function openRegistry(answer: NonNullable<Answer>): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  return `127.0.0.1:${await listenLocally(server)}`
}

function draftWith(...images: string[]): Draft {
  const draft = createDraft({ app: 'shop', environment: 'staging', engine: 'docker' })
  for (const [at, image] of images.entries())
    takeSetting(draft, ['services', `db${at}`], { image: `${image}@${unknownDigest}` })
  return draft
}
const imageOf = (draft: Draft, name = 'db0') => String(readSetting(draft, 'services', name, 'image'))
const digest = `sha256:${'5'.repeat(64)}`

/** What became of the only companion, where its registry may be asked. */
async function ask(registry: string, { deadlineMs = 5_000, allowed = [registry] } = {}) {
  const draft = draftWith(`${registry}/acme/db:18`)
  await findDigests([draft], allowed, deadlineMs)
  return { image: imageOf(draft), fault: draft.askedInVain.get('db0') }
}

test('a registry tells the digest, also to who has to fetch a token first', async () => {
  const asked: string[] = []
  const registry = await openRegistry((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url?.startsWith('/token')) response.end('{"token":"t"}')
    else if (request.headers.authorization === 'Bearer t')
      response.writeHead(200, { 'docker-content-digest': digest }).end()
    else
      response
        .writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="r"` })
        .end()
  })
  expect(await ask(registry)).toEqual({ image: `${registry}/acme/db:18@${digest}`, fault: undefined })
  expect(asked).toEqual([
    'HEAD /v2/acme/db/manifests/18',
    'GET /token?service=r&scope=repository%3Aacme%2Fdb%3Apull',
    'HEAD /v2/acme/db/manifests/18',
  ])
})

test('each image is asked for once, and one that is not told does not keep the others', async () => {
  const asked: string[] = []
  const registry = await openRegistry((request, response) => {
    asked.push(request.url ?? '')
    const isThere = request.url?.includes('/db/')
    response.writeHead(isThere ? 200 : 404, isThere ? { 'docker-content-digest': digest } : {}).end()
  })
  const drafts = [draftWith(`${registry}/acme/db`, `${registry}/acme/gone:1`), draftWith(`${registry}/acme/db`)]
  await findDigests(drafts, [registry])
  expect(asked.toSorted()).toEqual(['/v2/acme/db/manifests/latest', '/v2/acme/gone/manifests/1'])
  expect(drafts.map((draft) => imageOf(draft))).toEqual(Array(2).fill(`${registry}/acme/db@${digest}`))
  expect(drafts[0]?.askedInVain).toEqual(new Map([['db1', 'its registry has no such image']]))
})

test.each<[string, NonNullable<Answer>, RegExp]>([
  ['says nothing', () => {}, /did not answer in time/],
  [
    'says a little, for ever',
    (_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    },
    /did not answer in time|no manifest|JSON/,
  ],
  [
    'says too much',
    (request, response) => {
      response.writeHead(request.method === 'HEAD' ? 200 : 200)
      if (request.method === 'HEAD') response.end()
      else {
        const more = () => {
          while (response.writable && response.write('x'.repeat(65_536)));
        }
        response.on('drain', more)
        more()
      }
    },
    /too large/,
  ],
  [
    'leads to a private address',
    (_request, response) => response.writeHead(307, { location: 'https://10.0.0.1/v2/' }).end(),
    /10\.0\.0\.1/,
  ],
  [
    'has its tokens at a private address',
    (_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://169.254.169.254/t"' }).end(),
    /169\.254\.169\.254/,
  ],
  [
    'claims a digest that is none',
    (_request, response) => response.writeHead(200, { 'docker-content-digest': 'sha256:; rm -rf /' }).end(),
    /digest that is none/,
  ],
  ['fails', (_request, response) => response.writeHead(500).end(), /HTTP 500/],
])('a registry that %s harms nothing, and why is told', async (_what, answer, why) => {
  const registry = await openRegistry(answer)
  const startedAt = performance.now()
  const { image, fault } = await ask(registry, { deadlineMs: 1_500 })
  expect(fault).toMatch(why)
  expect(image).toContain(unknownDigest)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

test('a name that leads nowhere is told, and asked for nowhere', async () => {
  const draft = draftWith('registry.test:99999/acme/db:1', 'acme/db:1')
  takeSetting(draft, ['services', 'db1', 'image'], `Acme db@${unknownDigest}`)
  await findDigests([draft], [])
  expect(draft.askedInVain).toEqual(new Map([['db0', 'its registry is no address']]))
})

test('a private network is asked where that is allowed alone', async () => {
  let asked = 0
  const registry = await openRegistry((_request, response) => {
    asked += 1
    response.end()
  })
  expect(await ask(registry, { allowed: [] })).toMatchObject({ fault: expect.stringMatching(/127\.0\.0\.1/) })
  expect(asked).toBe(0)
})
