import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Component, findProgram, lacks } from '@stevedore/testkit'
import { describe, expect, test } from 'vitest'

const docker = join(import.meta.dirname, '../../../docker')
const promtool = findProgram('promtool')
const amtool = findProgram('amtool')
const components: Component[] = [
  { name: 'promtool', found: promtool !== undefined, bring: 'apt-get install prometheus' },
  { name: 'amtool', found: amtool !== undefined, bring: 'apt-get install prometheus-alertmanager' },
]

async function run(program = '', ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: docker })
  return stdout + stderr
}

describe.skipIf(lacks(...components))('the shipped alerts', () => {
  test('fire for what they are for, and for nothing else', async () => {
    expect(await run(promtool, 'test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS')
  })

  test('are read by Prometheus and taken by the Alertmanager as they are shipped', async () => {
    expect(await run(promtool, 'check', 'config', '--syntax-only', 'prometheus.yaml')).toContain('SUCCESS')
    expect(await run(amtool, 'check-config', 'alertmanager.yaml')).toContain('SUCCESS')
  })
})
