import { expect, test } from 'vitest'
import { metricCatalogue } from './metric-catalogue.ts'
import { createMetrics } from './metrics.ts'

test('renders every metric of the catalogue and those of the process', async () => {
  const text = await createMetrics().render()
  for (const { name, type, help } of metricCatalogue) {
    expect(text).toContain(`# HELP ${name} ${help}`)
    expect(text).toContain(`# TYPE ${name} ${type}`)
  }
  expect(text).toContain('process_cpu_seconds_total')
  expect(text).toMatch(/^build_info\{version="\d+\.\d+\.\d+",node="v\d+\.[\d.]+"\} 1$/m)
})

test('counts by label', async () => {
  const metrics = createMetrics()
  metrics.tasksProcessed.inc({ kind: 'build', outcome: 'succeeded' })
  metrics.queueDepth.set({ kind: 'deploy', state: 'waiting' }, 3)
  metrics.jobRun.observe({ kind: 'build', outcome: 'failed' }, 1.5)
  const text = await metrics.render()
  expect(text).toContain('tasks_processed_total{kind="build",outcome="succeeded"} 1')
  expect(text).toContain('queue_depth{kind="deploy",state="waiting"} 3')
  expect(text).toContain('job_run_seconds_bucket{le="2",kind="build",outcome="failed"} 1')
})

test('two sets of metrics in one process count apart', async () => {
  const [one, other] = [createMetrics(), createMetrics()]
  one.leasesHeld.set(2)
  expect(await one.render()).toContain('leases_held 2')
  expect(await other.render()).toContain('leases_held 0')
})

/** Whose values the server gives: see apps/server/src/resources.ts. */
const given = { kind: ['build', 'deploy'], code: ['internal'] }

test('each count begins at 0 for all that its labels may say', async () => {
  const text = await createMetrics(given).render()
  const open = ['response_time_seconds', 'ledger_statement_seconds']
  const counted = metricCatalogue.filter(({ type, name }) => type !== 'gauge' && !open.includes(name))
  for (const { name, type } of counted) {
    const series = type === 'histogram' ? `${name}_count` : name
    expect(text, name).toMatch(new RegExp(`^${series}(\\{.*\\})? 0$`, 'm'))
  }
  for (const kind of given.kind)
    for (const outcome of ['succeeded', 'failed', 'cancelled'])
      expect(text).toContain(`tasks_processed_total{kind="${kind}",outcome="${outcome}"} 0`)
  expect(text).toContain('job_rescues_total{reason="worker-lost"} 0')
  expect(text).toContain('worker_takes{kind="deploy"} 0')
})
