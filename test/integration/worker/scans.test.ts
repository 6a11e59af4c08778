import { appSpec } from '@stevedore/contract'
import type { ScanOutput } from '@stevedore/engine'
import { createFakeImageEngine, openFakeImageWorld } from '@stevedore/engine/fake'
import { putApp } from '@stevedore/ledger'
import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
const images = openFakeImageWorld()
const by = { actor: 'token:ada', correlationId: 'c-1' }
const tool = `ghcr.io/aquasecurity/trivy@sha256:${'ab'.repeat(32)}`

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  stage.engines.images = createFakeImageEngine({ world: images })
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})

const finding = { PkgName: 'openssl', InstalledVersion: '3.0.1', FixedVersion: '3.0.2' }
const say = (ids: Record<string, string>, ageDays = 0): ScanOutput => ({
  report: JSON.stringify({
    SchemaVersion: 2,
    Results: [
      {
        Vulnerabilities: Object.entries(ids).map(([VulnerabilityID, Severity]) => ({
          ...{ VulnerabilityID, Severity },
          ...finding,
        })),
      },
    ],
  }),
  databaseFile: JSON.stringify({ UpdatedAt: new Date(Date.now() - ageDays * 86_400_000).toISOString() }),
  toolVersion: '0.69.3',
})

async function declare(scan: object): Promise<void> {
  const source = { git: repository.url }
  const spec = appSpec.parse({ ...sampleSpec(), source, build: {}, scan: { tool: 'trivy', image: tool, ...scan } })
  await putApp(stage.api.ledger, { spec, by })
}

const build = (version: string, push = false) =>
  stage.run({ kind: 'build', app: 'shop', version, target: 'production', push })
const read = async (version: string) =>
  (await stage.api.call('GET', `/v1/apps/shop/images?version=${version}`)).body.items
const tagsOf = (version: string) => [...images.tags.keys()].filter((tag) => tag.includes(version))
const unscanned = () => [...images.tags.keys()].filter((tag) => tag.includes('unscanned'))

test('an image that passes is recorded with what was found, without a push as well', async () => {
  await declare({ fail: 'critical', ignore: ['CVE-2026-9', { id: 'CVE-2026-2', until: '2020-01-01' }] })
  images.scans.set(tool, say({ 'CVE-2026-1': 'LOW', 'CVE-2026-2': 'HIGH', 'CVE-2026-9': 'CRITICAL' }))
  const job = await build('1.0.0')
  expect(job).toMatchObject({ state: 'succeeded' })
  expect(
    (await stage.api.call('GET', `/v1/jobs/${job.id}`)).body.steps.map(({ name }: { name: string }) => name),
  ).toEqual(['checkout', 'build production', 'scan production'])
  const [{ scan }] = await read('1.0.0')
  expect(scan).toMatchObject({
    ...{ tool: 'trivy', image: tool, toolVersion: '0.69.3', ignored: 1, unfixed: 0, expired: ['CVE-2026-2'] },
    counts: { unknown: 0, low: 1, medium: 0, high: 1, critical: 0 },
    findings: [{ id: 'CVE-2026-2', package: 'openssl', installed: '3.0.1', fixed: '3.0.2' }, { id: 'CVE-2026-1' }],
  })
  expect(unscanned()).toEqual([])
})

test('one that does not pass never becomes an image: no tag, nothing pushed, nothing to deploy', async () => {
  await declare({ fail: 'high' })
  images.scans.set(tool, say({ 'CVE-2026-1': 'LOW', 'CVE-2026-3': 'HIGH', 'CVE-2026-4': 'CRITICAL' }))
  const latest = images.tags.get('registry.example.com/acme/shop:latest-production')
  const job = await build('2.0.0', true)
  expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'vulnerabilities-found' } })
  expect(job.error?.diagnosis?.split('\n')).toEqual([
    '2 of severity high or worse; the worst:',
    'critical CVE-2026-4: openssl 3.0.1, fixed in 3.0.2',
    'high CVE-2026-3: openssl 3.0.1, fixed in 3.0.2',
    expect.stringMatching(/^found 1 critical, 1 high, 1 low \(trivy 0\.69\.3, with the database of /),
  ])
  expect(await read('2.0.0')).toEqual([])
  expect([...tagsOf('2.0.0'), ...unscanned()]).toEqual([])
  expect(images.tags.get('registry.example.com/acme/shop:latest-production')).toBe(latest)
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging', version: '2.0.0' }
  expect(await stage.api.call('POST', '/v1/jobs', { body: deploy })).toMatchObject({ status: 422 })
})

test('a tool that cannot be had, or a database that is too old, is tried again; what was built waits and is not built anew', async () => {
  await declare({ fail: 'never' })
  const built: (string | undefined)[] = []
  const { scan } = stage.engines.images
  stage.engines.images.scan = (...given) => {
    built.push(images.tags.get(unscanned()[0] ?? ''))
    images.scans.set(tool, say({ 'CVE-2026-4': 'CRITICAL' }, built.length === 1 ? 6 : 0))
    return scan(...given)
  }
  expect(await build('3.0.0')).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
  expect(built).toEqual([expect.stringMatching(/^sha256:/), built[0]])
  expect(images.tags.get('registry.example.com/acme/shop:3.0.0-production')).toBe(built[0])
  expect(await read('3.0.0')).toMatchObject([{ scan: { counts: { critical: 1 } } }])
  expect(unscanned()).toEqual([])
})
