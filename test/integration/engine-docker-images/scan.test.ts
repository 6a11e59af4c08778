import { openContext, openJob } from '@stevedore/engine/conformance'
import { busyboxComponent, dockerComponent, ensureBaseImage, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openScanStage } from './scan-tool.ts'
import { openStage } from './stage.ts'

/** As Trivy keeps it. */
const database = `mkdir -p $TRIVY_CACHE_DIR/db && echo '{"UpdatedAt":"2026-11-27T01:00:00Z"}' > $TRIVY_CACHE_DIR/db/metadata.json`
const report = '/scan/temp/report.json'
/** Writes one line of a report for each thing that a tool could try. */
const tries = `
try() { if eval "$2" 2>/dev/null; then echo "$1: yes"; else echo "$1: no"; fi >> ${report}; }
try 'has the image' 'tar -tf /scan/image.tar | grep -q manifest.json'
try 'has the database' 'grep -q UpdatedAt $TRIVY_CACHE_DIR/db/metadata.json'
try 'is root' '[ $(id -u) = 0 ]'
try 'has a capability' '! grep -q "CapBnd:.0*$" /proc/self/status'
try 'may gain rights' '! grep -q "NoNewPrivs:.1" /proc/self/status'
try 'writes its root' 'touch /x'
try 'writes the image' 'echo x > /scan/image.tar'
try 'writes the database' 'touch $TRIVY_CACHE_DIR/x'
try 'has a network' 'ls /sys/class/net | grep -v ^lo | grep -q .'
try 'sees the engine' 'ls /var/run/docker.sock'
`

describe.skipIf(lacks(dockerComponent, busyboxComponent))('a scan on a Docker engine', () => {
  const stage = openStage()
  const { network, engine, build, makeTool, describeScan, listLeft } = openScanStage(stage, {
    env: { TRIVY_DB_REPOSITORY: 'mirror.test/trivy-db:2' },
  })
  const signal = () => AbortSignal.timeout(60_000)
  let image = ''
  beforeAll(async () => {
    await ensureBaseImage(stage.docker)
    image = await build({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'x' })
  })
  afterAll(() => engine.tidyScans([], signal()))

  test('a tool gets the image and its database, and may do nothing but report', async () => {
    const tool = await makeTool(
      {
        update: `${database}\nls /sys/class/net | grep -q eth0\n[ ! -e /scan/image.tar ]`,
        scan: tries,
      },
      'LABEL org.opencontainers.image.version=9.9.9',
    )
    const context = openJob()
    const output = await engine.scan(describeScan(tool, image), context)
    expect(output.report.split('\n').filter((line) => line.endsWith('yes'))).toEqual([
      'has the image: yes',
      'has the database: yes',
    ])
    expect(output.report).toContain('has a network: no')
    expect(output).toMatchObject({ databaseFile: expect.stringContaining('2026-11-27'), toolVersion: '9.9.9' })
    expect(context.lines).toEqual([])
  })

  test('what a scan leaves is its database, until no spec names its tool', async () => {
    const tool = await makeTool({
      update: `${database}\necho kept >> $TRIVY_CACHE_DIR/kept`,
      scan: `cp $TRIVY_CACHE_DIR/kept ${report}`,
    })
    await engine.tidyScans([], signal())
    await engine.scan(describeScan(tool, image), openJob())
    expect((await engine.scan(describeScan(tool, image), openJob())).report).toBe('kept\nkept\n')
    await engine.tidyScans([tool], signal())
    expect(await listLeft()).toEqual([expect.stringMatching(`^${network}-scan-[0-9a-f]{12}$`)])
    await engine.tidyScans([], signal())
    expect(await listLeft()).toEqual([])
  })

  test('a database is brought from the mirror that the operator names', async () => {
    const tool = await makeTool({
      update: `${database}\necho $TRIVY_DB_REPOSITORY > $TRIVY_CACHE_DIR/from`,
      scan: `cp $TRIVY_CACHE_DIR/from ${report}`,
    })
    expect((await engine.scan(describeScan(tool, image), openJob())).report).toBe('mirror.test/trivy-db:2\n')
  })

  test('a database that cannot be brought is told, and the scan goes on with what there is', async () => {
    const tool = await makeTool({ update: 'echo no route to the database >&2; exit 1', scan: `echo '{}' > ${report}` })
    const context = openJob()
    expect(await engine.scan(describeScan(tool, image), context)).toMatchObject({
      report: '{}\n',
      databaseFile: undefined,
    })
    expect(context.lines).toEqual([expect.stringMatching(/not brought up to date:\nno route to the database/)])
  })

  test('a scan that ends for want of a further database gets it, and is tried again', async () => {
    const tool = await makeTool({
      update: database,
      scan: `case "$*" in *download-java-db-only*) touch $TRIVY_CACHE_DIR/java;; *) [ -e $TRIVY_CACHE_DIR/java ] || { echo no Java DB; exit 1; }; echo done > ${report};; esac`,
    })
    expect((await engine.scan(describeScan(tool, image), openJob())).report).toBe('done\n')
  })

  test.each([
    ['ends with a status', 'printf "\\033[31mthe reason\\033[0m\\n" >&2; exit 3', /exit code 3\nthe reason$/],
    ['leaves nothing', 'true', /no report/],
    ['leaves a report without end', `head -c 50000000 /dev/zero > ${report}`, /no report of at most 32 MiB/],
    ['leaves a link to elsewhere', `ln -s /etc/passwd ${report}`, /no report/],
  ])('a tool that %s makes the scan unavailable, and says why', async (_what, scan, diagnosis) => {
    const scanned = engine.scan(describeScan(await makeTool({ scan }), image), openJob())
    await expect(scanned).rejects.toMatchObject({
      code: 'scan-unavailable',
      diagnosis: expect.stringMatching(diagnosis),
    })
  })

  test('one that takes more memory than a step of a build may is ended', async () => {
    const scanned = engine.scan(describeScan(await makeTool({ scan: 'tail /dev/zero' }), image), openJob())
    await expect(scanned).rejects.toMatchObject({
      code: 'resource-exceeded',
      diagnosis: expect.stringContaining('96 MiB'),
    })
  })

  test('a cancel ends the tool and leaves nothing of it', async () => {
    await engine.tidyScans([], signal())
    const [stop, reason] = [new AbortController(), new Error('cancelled')]
    const tool = await makeTool({ scan: 'sleep 600' })
    let fences = 0
    // The last one is before the tool starts to scan.
    const fence = async () => {
      if (++fences === 4) setImmediate(() => stop.abort(reason))
    }
    await expect(engine.scan(describeScan(tool, image), openContext({ signal: stop.signal, fence }))).rejects.toBe(
      reason,
    )
    await engine.tidyScans([], signal())
    expect(await listLeft()).toEqual([])
  })

  test('an image that is gone, and a tool that there is not or that is another app’s', async () => {
    const tool = await makeTool({ scan: 'true' })
    const gone = `sha256:${'e'.repeat(64)}`
    await expect(engine.scan(describeScan(tool, gone), openJob())).rejects.toMatchObject({ code: 'image-missing' })
    const absent = engine.scan(describeScan(`127.0.0.1:9/acme/tool@${gone}`, image), openJob())
    await expect(absent).rejects.toMatchObject({ code: expect.stringMatching('address-not-allowed|scan-unavailable') })
    const scan = describeScan(`ghcr.io/acme/other@${gone}`, image)
    const foreign = engine.scan({ ...scan, reach: { ...scan.reach, foreign: ['ghcr.io/acme/other'] } }, openJob())
    await expect(foreign).rejects.toMatchObject({
      code: 'base-not-granted',
      diagnosis: expect.stringContaining('stevedore grant'),
    })
  })
})
