import { spawn, spawnSync } from 'node:child_process'
import type { JobDetailView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  registryComponent,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { commandPath } from '../../scripts/demo/command.ts'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand, succeed } from './command.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

/** Gives a command a terminal where the tests have none. */
const hasScript = spawnSync('script', ['--version']).status === 0

describe.skipIf(lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent))(
  'a command in a replica on Docker',
  () => {
    let stage: Stage
    const run = (...arguments_: string[]) => runCommand(stage.settings, ...arguments_)
    beforeAll(async () => {
      stage = await setStage()
      await succeed(run('apply', '-f', await writeSpec(stage)))
      await release(stage, '1.0.0')
      await succeed(run('build', stage.app, 'production', '--version=1.0.0', '--push'))
      await succeed(run('deploy', stage.app, environment))
    })
    afterAll(() => stage?.clear())

    const newestJob = async () => (await readJson<JobDetailView[]>(stage.settings, 'jobs', '--limit', '1'))[0]!

    test('it runs beside what serves, ends with its own status, and what the image lacks is told', async () => {
      const told = await run('exec', stage.app, environment, '--', 'sh', '-c', 'echo to-out; echo to-err >&2; exit 5')
      expect(told).toMatchObject({ status: 5 })
      expect(told.stdout).toMatch(/to-(out|err)[\s\S]*to-(out|err)/)
      expect(told.stdout).toContain('exit status 5, in stevedore')
      const lacking = await run('exec', stage.app, environment, '--', 'no-such-program')
      expect(lacking.status).not.toBe(0)
      expect(`${lacking.stdout}${lacking.stderr}`).toMatch(/no-such-program.*not found/)
      expect(`${lacking.stdout}${lacking.stderr}`).toContain('command-failed')
    })

    test.skipIf(!hasScript)('with a terminal of its own: size, keys, Ctrl-C, and its status in the end', async () => {
      await using terminal = openTerminal(stage, 'exec', '-it', stage.app, environment, '--', 'sh')
      await useShell(terminal)
      const job = await newestJob()
      expect(job).toMatchObject({ state: 'failed', result: { exitCode: 7 }, request: { terminal: { columns: 101 } } })
      expect((await run('logs', job.id)).stdout).toContain('ended-with-130')
    })

    test.skipIf(!hasScript)('so has one in a container of its own, of which nothing is left', async () => {
      await using terminal = openTerminal(stage, 'run', '-it', stage.app, environment, '--', 'sh')
      await useShell(terminal)
      const job = await newestJob()
      expect(job).toMatchObject({ state: 'failed', result: { exitCode: 7 }, request: { terminal: { columns: 101 } } })
      expect(job.result).not.toHaveProperty('replica')
      expect((await run('logs', job.id)).stdout).toContain('ended-with-130')
      expect(findContainers(job.id)).toBe('')
    })

    test.skipIf(!hasScript)(
      'a Ctrl-C ends the first process of a container, and who leaves ends all of it',
      async () => {
        const words = ['sh', '-c', 'echo begun-$((40+2)); exec sleep 600']
        await using first = openTerminal(stage, 'run', '-it', stage.app, environment, '--', ...words)
        // From the first that it shows on the keys are the command's; before that a Ctrl-C cancels the job.
        await first.see(/begun-42/)
        first.type('\x03')
        expect(await first.ended).toBe(130)
        expect(await newestJob()).toMatchObject({ state: 'failed', result: { exitCode: 130 } })
        await using second = openTerminal(stage, 'run', '-it', stage.app, environment, '--', 'sh')
        await second.see(/[#$] /)
        const { id } = await newestJob()
        second.kill()
        const isOver = async () => (await newestJob()).error ?? undefined
        expect(await waitUntil('it was ended', isOver, { timeoutMs: 60_000 })).toMatchObject({ code: 'client-gone' })
        expect(findContainers(id)).toBe('')
      },
    )
  },
)

/** Those that a job has made. */
function findContainers(job: string): string {
  return spawnSync('docker', ['ps', '-aq', '--filter', `label=io.stevedore.job=${job}`], { encoding: 'utf8' }).stdout
}

/** `stevedore` at a terminal of its own, of 101 columns and 31 rows. */
function openTerminal(stage: Stage, ...words: string[]) {
  const quoted = [process.execPath, commandPath, ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', `tty; stty cols 101 rows 31; exec ${quoted}`, '/dev/null'], {
    env: { ...stage.settings, PATH: process.env.PATH },
  })
  let shown = ''
  child.stdout.on('data', (piece: Buffer) => {
    shown += piece.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    ended,
    type: (keys: string) => child.stdin.write(keys),
    kill: () => child.kill('SIGKILL'),
    /** Waits until this was shown since the last look. */
    async see(pattern: RegExp): Promise<string> {
      const look = async () => pattern.exec(shown)?.[0]
      const seen = await waitUntil(`${pattern}`, look, { timeoutMs: 60_000, intervalMs: 50 }).catch((error: Error) => {
        throw new Error(`${error.message}; shown: ${JSON.stringify(shown)}`)
      })
      shown = ''
      return seen
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Its size, before and after somebody draws at the window; keys; a Ctrl-C; its end with 7. */
async function useShell({ see, type, ended }: ReturnType<typeof openTerminal>): Promise<void> {
  const device = (await see(/\/dev\/pts\/\d+/)).trim()
  // A shell asks its terminal where it stands, behind the prompt.
  await see(/[#$] /)
  type('stty size\r')
  await see(/31 101/)
  spawnSync('stty', ['-F', device, 'cols', '120', 'rows', '40'])
  type('until stty size | grep "^40 120"; do sleep 0.1; done\r')
  await see(/\n40 120/)
  type('echo started-$((40+2)); sleep 600\r')
  await see(/started-42/)
  type('\x03')
  await see(/\^C[\s\S]*[#$] /)
  type('echo ended-with-$?\r')
  await see(/ended-with-130/)
  // The key by which Docker would begin to let go of a terminal is the shell's.
  type('echo kept-$((1+1))\r')
  await see(/kept-2/)
  type('\x10')
  await see(/echo kept-/)
  type('\r')
  await see(/kept-2/)
  type('exit 7\r')
  expect(await ended).toBe(7)
}
