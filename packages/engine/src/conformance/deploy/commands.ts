import { expect } from 'vitest'
import { openContext, openJob } from '../context.ts'
import { calm, type DeployHarness, type DeployTest, expectServed } from './harness.ts'
import { openTerminal } from './terminal.ts'

const script = (text: string) => ({ words: ['sh', '-c', text], timeoutMs: 120_000 })

/** A command runs once beside what serves: it is followed by whoever comes, and ended by nobody but who is asked to. */
export const commandTests: DeployTest[] = [
  {
    title: 'a command has the release’s settings, secrets and files, tells its exit code, and is begun once',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place } = harness
      const release = { ...(await bringUp(harness)), secrets: { TOKEN: 'opensesame' } }
      const files = { '/app/note': { text: 'noted\n', mode: '0444' as const } }
      const env = { ...release.settings.env, GREETING: 'hello' }
      const settings = { ...release.settings, env, files, secrets: ['TOKEN'] }
      const context = openJob()
      const command = script('echo $GREETING with $TOKEN; cat /app/note; exit 3')
      const wanted = { ...release, settings }
      await engine.startCommand(wanted, command, context)
      await engine.startCommand(wanted, script('echo begun twice; exit 4'), context)
      expect(await engine.followCommand(wanted, context)).toEqual({ exitCode: 3 })
      const another = openJob({ jobId: context.jobId })
      expect(await engine.followCommand(wanted, another)).toEqual({ exitCode: 3 })
      for (const { lines } of [context, another]) {
        expect(lines.join('\n')).toContain('hello with opensesame\nnoted')
        expect(lines.join('\n')).not.toContain('twice')
      }
      await engine.removeCommand(wanted, context)
      expect(await engine.followCommand(wanted, context)).toBeUndefined()
      const good = openJob()
      await engine.startCommand(release, script('exit 0'), good)
      expect(await engine.followCommand(release, good)).toEqual({ exitCode: 0 })
      await engine.removeCommand(place, good)
    },
  },
  {
    title:
      'a worker that is stopped after any look at its fence begins nothing that another has begun and ended meanwhile',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine } = harness
      const release = await bringUp(harness)
      const command = script('echo begun')
      for (let stoppedAt = 1, looks = stoppedAt; looks >= stoppedAt; stoppedAt += 1) {
        const heir = openJob()
        looks = 0
        const fence = async () => {
          looks += 1
          if (looks > stoppedAt) throw new Error('stale fence')
          if (looks < stoppedAt) return
          await engine.startCommand(release, command, heir)
          expect(await engine.followCommand(release, heir)).toEqual({ exitCode: 0 })
          await engine.removeCommand(release, heir)
        }
        const starting = engine.startCommand(release, command, openContext({ jobId: heir.jobId, fence }))
        const isBegun = await starting.then(
          () => true,
          () => false,
        )
        expect([stoppedAt, isBegun]).toEqual([stoppedAt, looks < stoppedAt])
        await engine.removeCommand(release, heir)
      }
    },
  },
  {
    title: 'a command with a terminal is made first, begins at that once, shows there, not in the log, and is typed to',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine } = harness
      const release = await bringUp(harness)
      const context = openJob()
      const command = { ...script('echo begun; sleep 600'), hasTerminal: true }
      await engine.startCommand(release, command, context)
      await engine.startCommand(release, command, context)
      const { terminal, attached, shows } = openTerminal()
      const end = engine.followCommand(release, context, terminal)
      const line = await Promise.race([attached, end.then(() => Promise.reject(new Error('it ended')))])
      await Promise.race([shows('begun\r\n'), end])
      const lost = { code: 'command-lost' }
      await expect(engine.followCommand(release, context, openTerminal().terminal)).rejects.toMatchObject(lost)
      await line.resize({ columns: 120, rows: 40 })
      await line.write(Buffer.of(3))
      expect(await end).toEqual({ exitCode: 130 })
      await expect(engine.followCommand(release, context, openTerminal().terminal)).rejects.toMatchObject(lost)
      expect(context.lines).toEqual([])
      await engine.removeCommand(release, context)
      expect(await engine.followCommand(release, context, openTerminal().terminal)).toBeUndefined()
    },
  },
  {
    title: 'what a command with a terminal shows before and as it ends is there, and nobody begins it a second time',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine } = harness
      const release = await bringUp(harness)
      const command = { ...script('echo begun; exit 3'), hasTerminal: true }
      const carryOut = async (context: ReturnType<typeof openJob>) => {
        const { terminal, shown } = openTerminal()
        await engine.startCommand(release, command, context)
        const end = await engine.followCommand(release, context, terminal)
        return { end, shown: shown() }
      }
      for (let stoppedAt = 1, looks = stoppedAt; looks >= stoppedAt; stoppedAt += 1) {
        const heir = openJob()
        looks = 0
        const fence = async () => {
          looks += 1
          if (looks > stoppedAt) throw new Error('stale fence')
          if (looks < stoppedAt) return
          expect(await carryOut(heir)).toEqual({ end: { exitCode: 3 }, shown: 'begun\r\n' })
          await engine.removeCommand(release, heir)
        }
        const outcome = await carryOut(openJob({ jobId: heir.jobId, fence })).catch(() => undefined)
        const isWhole = looks < stoppedAt
        expect([stoppedAt, outcome]).toEqual([
          stoppedAt,
          isWhole ? { end: { exitCode: 3 }, shown: 'begun\r\n' } : undefined,
        ])
        await engine.removeCommand(release, heir)
      }
    },
  },
  {
    title: 'the end of its terminal ends the following alone; a removal ends a command with a terminal',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, request } = harness
      const release = await bringUp(harness)
      const { jobId } = openJob()
      const abort = new AbortController()
      const context = openContext({ jobId, signal: abort.signal })
      await engine.startCommand(release, { ...script('echo begun; sleep 600'), hasTerminal: true }, context)
      const { terminal, shows } = openTerminal()
      const following = engine.followCommand(release, context, terminal)
      await Promise.race([shows('begun\r\n'), following])
      const gone = new Error('nobody sits there')
      abort.abort(gone)
      await expect(following).rejects.toBe(gone)
      await engine.removeCommand(place, openContext({ jobId }))
      expect(await engine.followCommand(place, openContext({ jobId }), openTerminal().terminal)).toBeUndefined()
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
  {
    title: 'an abort ends the following alone; a removal ends the command, and what serves goes on',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, request } = harness
      const release = await bringUp(harness)
      const { jobId } = openJob()
      await engine.startCommand(release, script('echo begun; sleep 600'), openContext({ jobId }))
      for (const reason of [new Error('the worker ends'), new Error('the next one too')]) {
        const abort = new AbortController()
        const context = openContext({ jobId, signal: abort.signal })
        const following = engine.followCommand(place, context)
        await Promise.race([context.waitForLine(/^begun$/), following])
        abort.abort(reason)
        await expect(following).rejects.toBe(reason)
      }
      const stale = new Error('stale fence')
      const closed = openContext({ jobId, fence: () => Promise.reject(stale) })
      await expect(engine.removeCommand(place, closed)).rejects.toBe(stale)
      await engine.removeCommand(place, openContext({ jobId }))
      await engine.removeCommand(place, openContext({ jobId }))
      expect(await engine.followCommand(place, openContext({ jobId }))).toBeUndefined()
      expect((await engine.observe(place, calm())).replicas).toHaveLength(1)
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
]

async function bringUp(harness: DeployHarness) {
  const { engine, place, makeRelease } = harness
  const release = makeRelease({ revision: 1, behaviour: 'healthy' })
  await engine.scaleUp(release, 1, openContext())
  await engine.route(place, { 1: 100 }, openContext())
  await expectServed(harness, 1)
  return release
}
