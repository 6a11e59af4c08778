import { expect } from 'vitest'
import { openContext, openJob } from '../context.ts'
import { calm, type DeployHarness, type DeployTest, expectServed } from './harness.ts'

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
