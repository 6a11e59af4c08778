import { expect } from 'vitest'
import type { Replica, ReplicaCommand } from '../../deploy-engine.ts'
import { openContext, openJob } from '../context.ts'
import { makeCompanion, startCompanion } from './companions.ts'
import { calm, type DeployHarness, type DeployTest, expectServed } from './harness.ts'
import { openTerminal } from './terminal.ts'

const script = (text: string) => ['sh', '-c', text]

/** A command inside a replica is followed by who begins it alone, and ended by who is asked to. */
export const execTests: DeployTest[] = [
  {
    title: 'a command inside a replica has what that has, tells its output and exit code, and leaves it as it is',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, request } = harness
      const replica = await bringUp(harness)
      const exec = async (words: string[], context = openJob()) => {
        const end = await engine.execCommand(place, { replica, words }, context)
        return { ...end, output: context.lines.join('\n') }
      }
      expect(await exec(script('echo $GREETING with $TOKEN; exit 3'))).toEqual({
        exitCode: 3,
        output: 'hello with opensesame',
      })
      expect(await exec(script('exit 0'))).toEqual({ exitCode: 0, output: '' })
      const ended = openJob()
      await exec(script('echo over'), ended)
      expect(await engine.endExec(place, replica, ended)).toBeUndefined()
      expect((await engine.observe(place, calm())).replicas).toMatchObject([{ name: replica.name, healthy: true }])
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
  {
    title: 'an abort ends the following of a command inside a replica alone, and it is ended on demand',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place, request } = harness
      const replica = await bringUp(harness)
      const abort = new AbortController()
      const context = openJob({ signal: abort.signal })
      const words = script('echo begun; sleep 600; echo went on')
      const following = engine.execCommand(place, { replica, words }, context)
      await Promise.race([context.waitForLine(/^begun$/), following])
      const reason = new Error('the worker ends')
      abort.abort(reason)
      await expect(following).rejects.toBe(reason)
      const stale = new Error('stale fence')
      const closed = openContext({ jobId: context.jobId, fence: () => Promise.reject(stale) })
      await expect(engine.endExec(place, replica, closed)).rejects.toBe(stale)
      const ending = openContext({ jobId: context.jobId })
      expect(await engine.endExec(place, replica, ending)).toBeUndefined()
      expect(await engine.endExec(place, replica, ending)).toBeUndefined()
      expect((await engine.observe(place, calm())).replicas).toMatchObject([{ name: replica.name, healthy: true }])
      expect(await request('/')).toEqual({ status: 200, revision: 1 })
    },
  },
  {
    title: 'one that is ended from outside tells how, and what another job began goes on',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place } = harness
      const replica = await bringUp(harness)
      const [first, other] = [openJob(), openJob()]
      const words = script('echo begun; sleep 600')
      const ends = [first, other].map((context) => engine.execCommand(place, { replica, words }, context))
      for (const context of [first, other]) await Promise.race([context.waitForLine(/^begun$/), ...ends])
      expect(await engine.endExec(place, replica, openContext({ jobId: first.jobId }))).toBeUndefined()
      expect(await ends[0]).toEqual({ exitCode: 143 })
      const isOver = await Promise.race([ends[1], new Promise((resolve) => setImmediate(resolve, 'goes on'))])
      expect(isOver).toBe('goes on')
      expect(await engine.endExec(place, replica, openContext({ jobId: other.jobId }))).toBeUndefined()
      expect(await ends[1]).toEqual({ exitCode: 143 })
    },
  },
  {
    title:
      'a replica that ends with a command in it is told of as such, and one that is not there before anything begins',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place } = harness
      const replica = await bringUp(harness)
      const nobody = { ...replica, name: 'nobody-1' }
      const words = script('echo begun; sleep 600')
      await expect(engine.execCommand(place, { replica: nobody, words }, openJob())).rejects.toMatchObject({
        code: 'replica-missing',
      })
      const context = openJob()
      const end = engine.execCommand(place, { replica, words }, context).catch((error: unknown) => error)
      await Promise.race([context.waitForLine(/^begun$/), end])
      await engine.remove(place, openContext())
      expect(await end).toMatchObject({ code: 'replica-gone' })
      expect(await engine.endExec(place, replica, openContext({ jobId: context.jobId }))).toBeUndefined()
    },
  },
  {
    title: 'a command inside a companion has what that has, its volume too, and is ended as one in a replica',
    options: { strategy: 'rolling', replicas: 1, serviceVolumes: ['db.data'] },
    async run(harness) {
      const { engine, place } = harness
      const made = makeCompanion(harness, 1)
      const env = { ...made.settings.env, GREETING: 'hello' }
      const secrets = { TOKEN: 'opensesame' }
      const settings = { ...made.settings, env, secrets: ['TOKEN'] }
      const inside = { ...place, service: { name: 'db', port: undefined } }
      const exec = async (words: string[], context = openJob()) => {
        const end = await engine.execCommand(inside, { replica: await findCompanion(harness), words }, context)
        return { ...end, output: context.lines.join('\n') }
      }
      const absent = { replica: { name: 'db' }, words: ['true'] }
      await expect(engine.execCommand(inside, absent, openJob())).rejects.toMatchObject({ code: 'replica-missing' })
      await startCompanion(harness, { ...made, settings, secrets })
      const first = await exec(script('echo $GREETING with $TOKEN; touch /data/kept; exit 3'))
      expect(first).toEqual({ exitCode: 3, output: 'hello with opensesame' })
      await startCompanion(harness, { ...made, settings, secrets, revision: 2 })
      expect(await exec(script('ls /data'))).toEqual({ exitCode: 0, output: 'kept' })
      const replica = await findCompanion(harness)
      const context = openJob()
      const words = script('echo begun; sleep 600')
      const end = engine.execCommand(inside, { replica, words }, context)
      await Promise.race([context.waitForLine(/^begun$/), end])
      expect(await engine.endExec(inside, replica, openContext({ jobId: context.jobId }))).toBeUndefined()
      expect(await end).toEqual({ exitCode: 143 })
      expect((await engine.observe(place, calm())).services).toMatchObject([{ name: 'db', revision: 2, healthy: true }])
    },
  },
  {
    title: 'a command inside a replica with a terminal shows there, not in the log, and is typed to',
    options: { strategy: 'blue-green', replicas: 1 },
    async run(harness) {
      const { engine, place } = harness
      const replica = await bringUp(harness)
      const context = openJob()
      const { terminal, attached, shows } = openTerminal()
      const words = script('echo begun; sleep 600')
      const end = engine.execCommand(place, { replica, words, terminal }, context)
      const line = await Promise.race([attached, end.then(() => Promise.reject(new Error('it ended')))])
      await Promise.race([shows('begun\r\n'), end])
      await line.resize({ columns: 120, rows: 40 })
      await line.write(Buffer.of(3))
      expect(await end).toEqual({ exitCode: 130 })
      expect(context.lines).toEqual([])
    },
  },
]

/** As an observation tells of it. */
async function findCompanion({ engine, place }: DeployHarness): Promise<ReplicaCommand['replica']> {
  const [found] = (await engine.observe(place, calm())).services ?? []
  if (!found) throw new Error('no companion runs')
  return found
}

async function bringUp(harness: DeployHarness): Promise<Replica> {
  const { engine, place, makeRelease } = harness
  const made = { ...makeRelease({ revision: 1, behaviour: 'healthy' }), secrets: { TOKEN: 'opensesame' } }
  const env = { ...made.settings.env, GREETING: 'hello' }
  const release = { ...made, settings: { ...made.settings, env, secrets: ['TOKEN'] } }
  await engine.scaleUp(release, 1, openContext())
  await engine.route(place, { 1: 100 }, openContext())
  await expectServed(harness, 1)
  const [replica] = (await engine.observe(place, calm())).replicas
  if (!replica) throw new Error('nothing runs')
  return replica
}
