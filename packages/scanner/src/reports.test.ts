import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScanOutput } from '@stevedore/engine'
import { describe, expect, test } from 'vitest'
import { tools } from './index.ts'

type Tool = keyof typeof tools
const load = (tool: Tool) => readFileSync(join(import.meta.dirname, 'reports', `${tool}.json`), 'utf8')
const databaseFile = '{"Version":2,"NextUpdate":"2026-11-28T06:00:00Z","UpdatedAt":"2026-11-27T06:16:51.5Z"}'
const read = (tool: Tool, report = load(tool), more: Partial<ScanOutput> = {}) =>
  tools[tool].readReport({ report, databaseFile, toolVersion: '0.69.3', ...more })
/** The recorded report with some of it replaced. */
const change = (tool: Tool, edit: (report: Report) => void) => {
  const report = JSON.parse(load(tool))
  edit(report)
  return JSON.stringify(report)
}
// biome-ignore lint/suspicious/noExplicitAny: a report is whatever its tool wrote
type Report = any

test('what Trivy writes', () => {
  expect(read('trivy')).toEqual({
    toolVersion: '0.69.3',
    databaseBuiltAt: new Date('2026-11-27T06:16:51.5Z'),
    found: [
      {
        ...{ id: 'CVE-2019-14697', aliases: [], severity: 'critical' },
        ...{ package: 'musl', installed: '1.1.22-r2', fixed: '1.1.22-r3' },
      },
      {
        ...{ id: 'CVE-2018-16487', aliases: ['GHSA-4xc9-xhrj-v574'], severity: 'high' },
        ...{ package: 'lodash', installed: '4.17.4', fixed: null },
      },
      {
        ...{ id: 'TEMP-0000001-ABCDEF', aliases: [], severity: 'unknown' },
        ...{ package: 'odd', installed: '1', fixed: null },
      },
    ],
  })
})

test('what Grype writes, whose negligible is low', () => {
  expect(read('grype')).toEqual({
    toolVersion: '0.104.1',
    databaseBuiltAt: new Date('2026-11-27T06:16:51Z'),
    found: [
      {
        ...{ id: 'GHSA-jfh8-c2jp-5v3q', aliases: ['CVE-2021-44228'], severity: 'critical' },
        ...{ package: 'log4j-core', installed: '2.14.1', fixed: '2.15.0, 2.12.2' },
      },
      { id: 'CVE-2011-3374', aliases: [], severity: 'low', package: 'apt', installed: '2.6.1', fixed: null },
    ],
  })
})

test('an image without packages has no results, and an earlier Grype tells of its database elsewhere', () => {
  expect(read('trivy', '{"SchemaVersion":2,"ArtifactName":"x"}').found).toEqual([])
  const earlier = change('grype', ({ descriptor }) => {
    descriptor.db = { built: '2026-11-26T00:00:00Z', schemaVersion: 5 }
  })
  expect(read('grype', earlier).databaseBuiltAt).toEqual(new Date('2026-11-26T00:00:00Z'))
})

describe.each(['trivy', 'grype'] as const)('of %s', (tool) => {
  const first = (report: Report) =>
    tool === 'trivy' ? report.Results[0].Vulnerabilities[0] : { ...report.matches[0].artifact }

  test.each([
    ['nothing', ''],
    ['half a report', load(tool).slice(0, 500)],
    ['another document', '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[]}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another type', change(tool, (report) => Object.assign(report, { Results: 'none', matches: 7 }))],
    ['depth without end', '['.repeat(1_000_000)],
    ['a closed depth', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('%s is refused, and no value of it is told', (_what, report) => {
    expect(() => read(tool, report)).toThrow(expect.objectContaining({ code: 'scan-unavailable' }))
  })

  test('a database of no age is none', () => {
    const report = change(tool, ({ descriptor }) => Object.assign(descriptor ?? {}, { db: null }))
    for (const odd of [undefined, '{}', '{"UpdatedAt":"soon"}'])
      expect(() => read(tool, report, { databaseFile: odd })).toThrow(
        expect.objectContaining({ diagnosis: expect.stringContaining('does not say when it was made') }),
      )
  })

  test('texts are cut to a line without what steers a terminal or turns a text around', () => {
    const odd = `\u001b[31mred\u202eevil\n\u0000\u2028${'\ud800'}${'x'.repeat(9_999)}`
    const report = change(tool, (one) => {
      if (tool === 'trivy') Object.assign(first(one), { PkgName: odd, InstalledVersion: odd, FixedVersion: odd })
      else Object.assign(one.matches[0].artifact, { name: odd, version: odd })
    })
    const [found] = read(tool, report).found
    expect(found?.package).toMatch(/^\ufffd\[31mred\ufffdevil\ufffd{4}x{1,200}$/)
    expect(found?.installed.length).toBeLessThanOrEqual(200)
  })

  test('twenty thousand findings are read', () => {
    const report = change(tool, (one) => {
      if (tool === 'trivy') one.Results[0].Vulnerabilities = Array(20_000).fill(one.Results[0].Vulnerabilities[0])
      else one.matches = Array(20_000).fill(one.matches[0])
    })
    expect(read(tool, report).found.length).toBeGreaterThanOrEqual(20_000)
  })
})
