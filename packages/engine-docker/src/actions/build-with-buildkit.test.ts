import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ImageBuild } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { buildWithBuildKit, isClipped } from './build-with-buildkit.ts'

test.each([
  ['#7 12.34 [output clipped, log limit 200KiB/s reached]', true],
  ['#12 0.512 [output clipped, log limit 2MiB reached]', true],
  ['#7 [output clipped, log limit 2MiB reached]', false],
  ['#7 12.34 echo "[output clipped, log limit 2MiB reached]"', false],
])('knows where BuildKit left lines out: %s', (line, expected) => {
  expect(isClipped(line)).toBe(expected)
})

/** A client that prints what the script does, and has built. */
async function printingClient(script: string) {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-client-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const program = `${script}
    const { writeFileSync } = require('node:fs')
    const [, path] = /--iidfile[= ](\\S+)/.exec(process.argv.join(' '))
    writeFileSync(path, 'sha256:built')`
  const build: ImageBuild = {
    ...{ contextDir: join(dir, 'source'), dockerfile: 'Dockerfile', app: 'shop', target: undefined, tags: [] },
    ...{
      labels: {},
      args: {},
      secrets: {},
      noCache: false,
      cacheScope: 'shop',
      reach: { addresses: false, repositories: [] },
    },
  } as never
  const path = join(dir, 'client')
  await writeFile(path, `#!${process.execPath}\n${program}`, { mode: 0o755 })
  return { client: { path, env: {} }, build }
}

test('what a client prints is taken as fast as there is room for it, to the last line', async () => {
  const { client, build } = await printingClient(
    "for (let line = 0; line < 20_000; line++) console.log('#7 0.1 ' + line + ' of them')",
  )
  let [held, early] = [false, 0]
  const context = openContext({
    async awaitRoom() {
      held = true
      for (let turn = 0; turn < 5; turn++) await nextTurn()
      held = false
    },
  })
  const { log } = context
  context.log = (line) => {
    if (held) early += 1
    log(line)
  }
  await buildWithBuildKit(client, build, { path: 'Dockerfile', steps: 1 } as never, context)
  expect(early).toBe(0)
  expect(context.lines).toEqual(Array.from({ length: 20_000 }, (_, line) => `#7 0.1 ${line} of them`))
})

test('a line without an end is cut, however long it is, and the lines after it come', async () => {
  const { client, build } = await printingClient(
    "for (let n = 0; n < 16; n++) process.stdout.write('no end of it '.repeat(50_000)); console.log(); console.log('#7 0.2 after it')",
  )
  const context = openContext()
  await buildWithBuildKit(client, build, { path: 'Dockerfile', steps: 1 } as never, context)
  expect(context.lines.map((line) => line.slice(-16))).toEqual([
    expect.stringContaining('… (cut)'),
    '#7 0.2 after it'.slice(-16),
  ])
  expect(context.lines[0]?.length).toBeLessThan(17_000)
})
