import { listAudit, openCertificates, recordRefusal } from '@stevedore/ledger'
import { createTestDatabase, lacks, makeCertificate, opensslComponent, type TestCertificate } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

describe.skipIf(lacks(opensslComponent))('certificates', () => {
  let api: TestApi
  let shop: TestCertificate
  beforeAll(async () => {
    api = await startTestApi()
    shop = await makeCertificate({ names: ['shop.test', 'www.shop.test'], days: 90 })
  })
  afterAll(() => api.close())

  const put = (name: string, body: object) => api.call('PUT', `/v1/certificates/${name}`, { body })
  const list = async () => (await api.call('GET', '/v1/certificates')).body.items

  test('one is put, read, listed, measured and removed; its key is told nowhere', async () => {
    const answers = [await put('shop', shop)]
    expect(answers[0]).toMatchObject({
      status: 200,
      body: {
        name: 'shop',
        dnsNames: ['shop.test', 'www.shop.test'],
        putBy: expect.stringMatching(/^token:/),
        refusal: null,
      },
    })
    answers.push(await api.call('GET', '/v1/certificates/shop'), await api.call('GET', '/v1/certificates'))
    expect(answers[1]?.body).toEqual(answers[0]?.body)
    expect(answers[2]?.body).toEqual({ items: [answers[0]?.body], next: null })
    const seconds = Date.parse(answers[0]?.body.expiresAt) / 1_000
    await expect
      .poll(async () => (await api.call('GET', '/metrics')).text, { timeout: 10_000 })
      .toContain(`certificate_expiry_timestamp_seconds{name="shop"} ${seconds}`)
    expect((await api.call('DELETE', '/v1/certificates/shop')).status).toBe(204)
    for (const method of ['GET', 'DELETE'])
      expect(await api.call(method, '/v1/certificates/shop')).toMatchObject({ status: 404 })
    await expect
      .poll(async () => (await api.call('GET', '/metrics')).text, { timeout: 10_000 })
      .not.toContain('certificate_expiry_timestamp_seconds{')
    const trail = await listAudit(api.ledger, { limit: 100 })
    expect(trail.filter(({ action }) => action.startsWith('certificate'))).toMatchObject([
      { action: 'certificate.put', detail: { name: 'shop', fingerprint: answers[0]?.body.fingerprint } },
      { action: 'certificate.removed', detail: { name: 'shop' } },
    ])
    const told = JSON.stringify([answers, trail]) + api.readLogs()
    for (const line of shop.key.split('\n').slice(1, -2)) expect(told).not.toContain(line)
  })

  test('the same again changes nothing; another takes its place', async () => {
    const first = (await put('again', shop)).body
    expect((await put('again', { ...shop, key: shop.key.replaceAll('\n', '\r\n') })).body).toEqual(first)
    const other = await makeCertificate({ names: ['shop.test'] })
    const second = (await put('again', other)).body
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(Date.parse(second.putAt)).toBeGreaterThan(Date.parse(first.putAt))
    expect(await openCertificates(api.ledger)).toMatchObject([
      { name: 'again', chain: other.certificate, key: other.key },
    ])
    const trail = await listAudit(api.ledger, { action: 'certificate.put', limit: 100 })
    expect(trail.filter(({ detail }) => JSON.stringify(detail).includes('"again"'))).toHaveLength(2)
    await api.call('DELETE', '/v1/certificates/again')
  })

  test('what a proxy has against one is shown until it is put again', async () => {
    const { fingerprint } = (await put('odd', shop)).body
    await recordRefusal(api.ledger, { name: 'odd', fingerprint: 'of an earlier one', refusal: 'no' })
    expect(await list()).toMatchObject([{ name: 'odd', refusal: null }])
    await recordRefusal(api.ledger, { name: 'odd', fingerprint, refusal: 'no start line' })
    expect(await list()).toMatchObject([{ name: 'odd', refusal: 'no start line' }])
    expect((await put('odd', shop)).body).toMatchObject({ refusal: null })
    await api.call('DELETE', '/v1/certificates/odd')
  })

  test.each<[string, () => object, { path: string[]; code: string }[]]>([
    [
      'nothing',
      () => ({}),
      [
        { path: ['certificate'], code: 'invalid-type' },
        { path: ['key'], code: 'invalid-type' },
      ],
    ],
    [
      'what is no PEM',
      () => ({ certificate: 'x', key: 'y' }),
      [
        { path: ['certificate'], code: 'not-pem' },
        { path: ['key'], code: 'not-pem' },
      ],
    ],
    ['a key that is too long', () => ({ ...shop, key: shop.key.repeat(100) }), [{ path: ['key'], code: 'too-big' }]],
  ])('%s is refused, each fault by its path', async (_what, body, faults) => {
    expect(await put('bad', body())).toMatchObject({
      status: 422,
      body: { type: '/problems/validation-failed', faults },
    })
    expect(await list()).toEqual([])
  })

  test.each(['Shop', '-shop', 'a b', 'a/../b', 'x'.repeat(64)])('%s is no name', async (name) => {
    expect((await put(encodeURIComponent(name), shop)).status).toBe(422)
  })

  test('an admin of one app may not see or touch them; who reads all may look', async () => {
    await api.call('PUT', '/v1/apps/own', { body: { app: 'own' } })
    const narrow = await api.createToken('admin', { app: 'own' })
    for (const [method, path] of [
      ['PUT', '/shop'],
      ['GET', '/shop'],
      ['DELETE', '/shop'],
      ['GET', ''],
    ])
      expect(
        await api.call(method ?? '', `/v1/certificates${path}`, {
          token: narrow,
          ...(method === 'PUT' ? { body: shop } : {}),
        }),
      ).toMatchObject({ status: 403 })
    const viewer = await api.createToken('viewer')
    expect((await api.call('GET', '/v1/certificates', { token: viewer })).status).toBe(200)
  })
})

test.skipIf(lacks(opensslComponent))(
  'under another master key what is stored is known and not opened, and can be put anew',
  async () => {
    const database = await createTestDatabase()
    const shop = await makeCertificate({ names: ['shop.test'] })
    const before = await startTestApi({ databaseUrl: database.serviceUrl })
    await before.call('PUT', '/v1/certificates/shop', { body: shop })
    await before.close()
    const after = await startTestApi({ databaseUrl: database.serviceUrl })
    expect(await openCertificates(after.ledger)).toMatchObject([{ name: 'shop', key: undefined }])
    expect(await after.call('PUT', '/v1/certificates/shop', { body: shop })).toMatchObject({ status: 200 })
    expect(await openCertificates(after.ledger)).toMatchObject([{ name: 'shop', key: shop.key }])
    await after.close()
    await database.drop()
  },
)
