import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTunnel } from './tunnel.ts'

let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tunnels-'))
  vi.stubEnv('TMPDIR', dir)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

/** As a worker that is killed leaves it. */
async function leaveSocket(name: string): Promise<void> {
  mkdirSync(join(dir, name))
  const script = `require('node:net').createServer().listen(${JSON.stringify(join(dir, name, 'docker.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit')
}

test('the folder of a worker that was killed is removed by the next tunnel; that of one that listens stays, and so does what is not its own', async () => {
  const container = {} as Docker.Container
  await leaveSocket('stevedore-builder-killed')
  await leaveSocket('somebody-else')
  mkdirSync(join(dir, 'stevedore-builder-beginning'))
  const first = await openTunnel(container)
  const second = await openTunnel(container)
  const own = [first, second].map(({ host }) => /([^/]+)\/docker\.sock$/.exec(host)?.[1])
  expect(readdirSync(dir).sort()).toEqual([...own, 'somebody-else', 'stevedore-builder-beginning'].sort())
  await first.close()
  await second.close()
  expect(readdirSync(dir).sort()).toEqual(['somebody-else', 'stevedore-builder-beginning'])
})
