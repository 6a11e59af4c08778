import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Component, endProcess, findFreePort, findProgram, readUntil } from '@stevedore/testkit'
import { parse, stringify } from 'yaml'

const program = findProgram('prometheus')
export const prometheusComponent: Component = {
  name: 'prometheus',
  found: program !== undefined,
  bring: 'apt-get install prometheus',
}

export interface TestPrometheus {
  /** How many series an expression gives now. Rejects where it cannot be read. */
  count(expression: string): Promise<number>
  close(): Promise<void>
}

/** Prometheus with the shipped settings, which scrapes every second. @param targets host and port, by the part that is there */
export async function startPrometheus(
  targets: { api: string; worker: string },
  token: string,
): Promise<TestPrometheus> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-prometheus-'))
  const port = await findFreePort()
  writeFileSync(join(dir, 'token'), token, { mode: 0o600 })
  writeFileSync(join(dir, 'prometheus.yaml'), readSettings(targets, join(dir, 'token')))
  const address = `127.0.0.1:${port}`
  const child = spawn(
    program ?? '',
    [`--config.file=${dir}/prometheus.yaml`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=${address}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await readUntil(child.stderr, /ready to receive web requests/)
  return {
    async count(expression) {
      const body = new URLSearchParams({ query: expression })
      const answer = await fetch(`http://${address}/api/v1/query`, { method: 'POST', body })
      const { error, data } = (await answer.json()) as { error?: string; data?: { result: unknown[] } }
      if (!data) throw new Error(`${expression}: ${error}`)
      return data.result.length
    },
    async close() {
      await endProcess(child, 'SIGTERM')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function readSettings({ api, worker }: { api: string; worker: string }, tokenFile: string): string {
  const docker = join(import.meta.dirname, '../../../docker')
  const settings = parse(readFileSync(join(docker, 'prometheus.yaml'), 'utf8'))
  settings.global.scrape_interval = '1s'
  settings.rule_files = [join(docker, 'alerts.yaml')]
  delete settings.alerting
  const [job] = settings.scrape_configs
  job.authorization.credentials_file = tokenFile
  // No name is looked up here.
  delete job.dns_sd_configs
  job.static_configs = [
    { targets: [api], labels: { part: 'api' } },
    { targets: [worker], labels: { part: 'worker' } },
  ]
  return stringify(settings)
}
