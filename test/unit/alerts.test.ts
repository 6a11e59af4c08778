import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSections } from './docs-tables.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Rule {
  alert: string
  labels?: { severity?: string }
  annotations: { summary: string; runbook_url?: string }
}

const rules: Rule[] = parse(read('docker/alerts.yaml')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules)
const names = rules.map(({ alert }) => alert)

test('each alert says how bad it is and which section of the runbook to open', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(['critical', 'warning', 'info'], alert).toContain(labels?.severity)
    expect(annotations.runbook_url, alert).toBe(`docs/runbooks/alerts.md#${alert.toLowerCase()}`)
  }
})

test('the runbook has a section for each alert, and no other', () => {
  const sections = readSections(read('docs/runbooks/alerts.md'), 2)
  expect([...sections.keys()]).toEqual(names)
  for (const [name, text] of sections) expect(text.trim().length, name).toBeGreaterThan(20)
})

test('each alert is tried with what it fires for, and with what it does not fire for', () => {
  const { tests } = parse(read('docker/alerts.test.yaml'))
  const tried = tests.flatMap((tried: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }) =>
    tried.alert_rule_test.map(({ alertname, exp_alerts }) => `${alertname} ${exp_alerts.length}`),
  )
  expect(tried.sort()).toEqual(names.flatMap((name) => [`${name} 0`, `${name} 1`]).sort())
})
