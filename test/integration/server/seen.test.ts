import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jobKinds } from '@stevedore/contract'
import { createToken } from '@stevedore/ledger'
import { metricCatalogue } from '@stevedore/telemetry'
import { findFreePort, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { by, declareApp, enqueueBuild, enqueueDeploy, enqueueRollback } from '../../chaos/jobs.ts'
import { openStage, type Stage } from '../../chaos/stage.ts'
import { type ApiProcess, startApiProcess } from '../../harness/api-process.ts'
import { prometheusComponent, startPrometheus, type TestPrometheus } from './stage-prometheus.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Dashboard {
  panels: { targets: { expr: string }[] }[]
}

/** The queries that people are given, and those of the alerts. */
function listShown(): string[] {
  const dashboards = globSync('docker/grafana/dashboards/*.json', { cwd: root }).map(read)
  const panels = dashboards.flatMap((text) => (JSON.parse(text) as Dashboard).panels)
  const guide = read('docs/guide/metrics.md').matchAll(/^\| [^|`]+\? \| `(.+)` \|$/gm)
  return [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...[...guide].map(([, one = '']) => one)]
}

const rules: { expr: string }[] = parse(read('docker/alerts.yaml')).groups[0].rules

/** Of what gives nothing here, why: each asks for what is not so. */
const quiet: [reason: string, pattern: RegExp][] = [
  ['no certificate is stored', /certificate_expiry_timestamp_seconds/],
  ['it names what is wrong, and nothing is', / (==|<|>) [\d* ]+$| < environment_replicas_desired$/],
]
/** Metrics without a series here. */
const absent = ['certificate_expiry_timestamp_seconds']

describe.skipIf(lacks(prometheusComponent))('what Prometheus sees of an API and a worker that ran a few jobs', () => {
  let stage: Stage
  let api: ApiProcess
  let prometheus: TestPrometheus
  beforeAll(async () => {
    stage = await openStage()
    const { ledger } = stage
    const { token } = await createToken(ledger, { name: 'prometheus', role: 'viewer', by })
    const port = await findFreePort()
    api = await startApiProcess({ databaseUrl: stage.databaseUrl, token })
    await stage.startWorker({ WORKER_PORT: String(port) })
    prometheus = await startPrometheus({ api: new URL(api.address).host, worker: `127.0.0.1:${port}` }, token)
    const app = await declareApp(ledger, stage.git)
    await stage.end((await enqueueBuild(ledger, app)).id)
    for (const version of ['1.0.0', '2.0.0']) await stage.end((await enqueueDeploy(ledger, app, version)).id)
    expect(await stage.end((await enqueueRollback(ledger, app, 1)).id)).toMatchObject({ state: 'succeeded' })
  })
  afterAll(async () => {
    await prometheus?.close()
    await api?.stop()
    await stage?.close()
  })

  const count = async (expressions: readonly string[]) =>
    Object.fromEntries(
      await Promise.all(expressions.map(async (one) => [one, await prometheus.count(one)] as [string, number])),
    )
  const listSilent = async (expressions: readonly string[]) =>
    Object.entries(await count(expressions)).flatMap(([one, series]) => (series === 0 ? [one] : []))

  test('every query of the dashboards and of the guide gives a series, but those that name what is wrong', async () => {
    const shown = listShown()
    expect(shown.length).toBeGreaterThan(50)
    const told = shown.filter((one) => !quiet.some(([, pattern]) => pattern.test(one)))
    expect(told.length).toBeGreaterThan(40)
    await expect.poll(() => listSilent(told), { timeout: 60_000, interval: 1_000 }).toEqual([])
    await count(shown)
  })

  test('every metric is there, so that a query which is quiet is so for what it says', async () => {
    const series = metricCatalogue.map(({ name, type }) => (type === 'histogram' ? `${name}_count` : name))
    await expect.poll(() => listSilent(series), { timeout: 30_000, interval: 1_000 }).toEqual(absent)
    expect(await prometheus.count('deploys_ended{window="7d", outcome="succeeded"} == 2')).toBe(1)
    expect(await prometheus.count('max by (kind) (workers_live) == 1')).toBe(jobKinds.length)
  })

  test('every alert can be asked, and none is given for what is well', async () => {
    const asked = await count(rules.map(({ expr }) => expr))
    const fires = Object.entries(asked).flatMap(([expr, series]) => (series > 0 ? [expr] : []))
    // How fast the few answers here were is the machine's; the alert waits for ten minutes of it.
    const ofWhatIsWrong = fires.filter((expr) => !expr.startsWith('histogram_quantile('))
    // The stage signs its API in as the owner, which is what this alert is for.
    expect(ofWhatIsWrong).toEqual(['max by (part) (audit_trail_unguarded) == 1'])
  })
})
