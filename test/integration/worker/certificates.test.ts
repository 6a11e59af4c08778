import { listAudit } from '@stevedore/ledger'
import { lacks, makeCertificate, opensslComponent, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

describe.skipIf(lacks(opensslComponent))('certificates on their way to proxies', () => {
  let stage: WorkerStage
  /** What the proxies were brought, at each time. */
  const brought: { names: string[]; place: string | undefined }[] = []
  let refusing = false
  let away = false
  beforeAll(async () => {
    stage = await openWorkerStage()
    stage.engines.deploy.docker = {
      ...stage.engines.deploy.docker,
      async bringCertificates({ read, noteRefusal }, { fence, log }, place) {
        if (away) throw new Error('the proxy is away')
        const certificates = await read()
        await fence()
        log(`the proxy was heard saying ${certificates[0]?.key?.split('\n')[1]}`)
        for (const { name, fingerprint, key } of refusing ? certificates : [])
          await noteRefusal({ name, fingerprint, host: 'east', reason: `cannot read ${key}` })
        brought.push({ names: certificates.map(({ name }) => name).sort(), place: place?.environment })
      },
    }
    await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
    await playBuild(stage.api)
  })
  afterAll(() => stage.close())

  const ran = () => stage.signal((signal) => signal.type === 'loop.ran' && signal.loop === 'certificates')
  const put = async (name: string) => {
    const body = await makeCertificate({ names: [`${name}.test`] })
    const next = ran()
    expect(await stage.api.call('PUT', `/v1/certificates/${name}`, { body })).toMatchObject({ status: 200 })
    return { body, next }
  }
  const list = async () => (await stage.api.call('GET', '/v1/certificates')).body.items

  test('a worker that starts after the put brings what it has missed', async () => {
    await put('shop')
    const next = ran()
    await stage.startWorker()
    await next
    expect(brought).toContainEqual({ names: ['shop'], place: undefined })
  })

  test('what is put or removed is brought at once, and the same again is no change', async () => {
    const { body, next } = await put('other')
    await next
    expect(brought.at(-1)).toEqual({ names: ['other', 'shop'], place: undefined })
    const count = brought.length
    await stage.api.call('PUT', '/v1/certificates/other', { body })
    await ran()
    expect(brought).toHaveLength(count)
    const removed = ran()
    await stage.api.call('DELETE', '/v1/certificates/other')
    await removed
    expect(brought.at(-1)).toEqual({ names: ['shop'], place: undefined })
  })

  test('a deploy brings them to its own hosts, and its log shows no key', async () => {
    const job = await stage.run({ kind: 'deploy', app: 'shop', environment: 'staging' })
    expect(job).toMatchObject({ state: 'succeeded' })
    expect(brought.at(-1)).toEqual({ names: ['shop'], place: 'staging' })
    expect((await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text).toContain('the proxy was heard saying ***')
  })

  test('a refusal is shown and logged without the key, and is over when another is put', async () => {
    refusing = true
    const { body, next } = await put('odd')
    await next
    refusing = false
    expect(await list()).toContainEqual(
      expect.objectContaining({ name: 'odd', refusal: expect.stringMatching(/^on host east: cannot read \*\*\*/) }),
    )
    const [line = ''] = body.key.split('\n').slice(1)
    expect(stage.readLogs()).toContain('a proxy does not serve a certificate')
    expect(JSON.stringify([await list(), await listAudit(stage.api.ledger, { limit: 100 })])).not.toContain(line)
    await (await put('odd')).next
    expect(await list()).toContainEqual(expect.objectContaining({ name: 'odd', refusal: null }))
  })

  test('proxies that are away get them when they are back', async () => {
    away = true
    const { next } = await put('late')
    await next
    expect(brought.at(-1)?.names).not.toContain('late')
    away = false
    await ran()
    expect(brought.at(-1)?.names).toContain('late')
  })
})
