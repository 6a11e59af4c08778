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

  const put = async (name: string) => {
    const body = await makeCertificate({ names: [`${name}.test`] })
    expect(await stage.api.call('PUT', `/v1/certificates/${name}`, { body })).toMatchObject({ status: 200 })
    return body
  }
  const patient = { timeout: 60_000 }
  const list = async () => (await stage.api.call('GET', '/v1/certificates')).body.items

  test('a worker that starts after the put brings what it has missed', async () => {
    await put('shop')
    await stage.startWorker()
    await expect.poll(() => brought, patient).toContainEqual({ names: ['shop'], place: undefined })
  })

  test('what is put or removed is brought at once, and the same again is no change', async () => {
    const body = await put('other')
    await expect.poll(() => brought.at(-1), patient).toEqual({ names: ['other', 'shop'], place: undefined })
    const count = brought.length
    await stage.api.call('PUT', '/v1/certificates/other', { body })
    await stage.api.call('DELETE', '/v1/certificates/other')
    await expect.poll(() => brought.at(-1), patient).toEqual({ names: ['shop'], place: undefined })
    expect(brought).toHaveLength(count + 1)
  })

  test('a deploy brings them to its own hosts, and its log shows no key', async () => {
    const job = await stage.run({ kind: 'deploy', app: 'shop', environment: 'staging' })
    expect(job).toMatchObject({ state: 'succeeded' })
    expect(brought).toContainEqual({ names: ['shop'], place: 'staging' })
    expect((await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text).toContain('the proxy was heard saying ***')
  })

  test('a refusal is shown and logged without the key, and is over when another is put', async () => {
    refusing = true
    const body = await put('odd')
    const refusal = expect.stringMatching(/^on host east: cannot read \*\*\*/)
    await expect.poll(list, patient).toContainEqual(expect.objectContaining({ name: 'odd', refusal }))
    refusing = false
    const [line = ''] = body.key.split('\n').slice(1)
    expect(stage.readLogs()).toContain('a proxy does not serve a certificate')
    expect(JSON.stringify([await list(), await listAudit(stage.api.ledger, { limit: 100 })])).not.toContain(line)
    await put('odd')
    expect(await list()).toContainEqual(expect.objectContaining({ name: 'odd', refusal: null }))
  })

  test('proxies that are away get them when they are back', async () => {
    away = true
    await put('late')
    await expect.poll(() => stage.readLogs(), patient).toContain('certificates could not be brought to all proxies')
    expect(brought.at(-1)?.names).not.toContain('late')
    away = false
    await expect.poll(() => brought.at(-1)?.names, patient).toContain('late')
  })
})
