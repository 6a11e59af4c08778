import { mustRun, stevedore } from './command.ts'
import { environment, release, writeSpec } from './example-app.ts'
import { type LoadResult, startLoad } from './load.ts'
import type { Stage } from './stage.ts'
import { leaveUnfinished } from './unfinished.ts'

type Run = (...arguments_: string[]) => Promise<void>

/** Two versions go live, a broken third does not, and the first comes back, all while visitors ask. Returns what they saw. */
export async function play(stage: Stage): Promise<LoadResult> {
  const run: Run = (...arguments_) => mustRun(stage.settings, ...arguments_)
  await goLive(stage, run)
  say('From now on visitors ask all the time. Version 1.1.0 goes live under them.')
  const seen = await during(startLoad(`http://127.0.0.1:${stage.port}/version`), async () => {
    await replace(stage, run)
    await fail(stage, run)
    say('Back to revision 1, by its number.')
    await run('rollback', stage.app, environment, '--to-revision', '1')
  })
  await lookBack(stage, run)
  say('Beside it somebody has to decide: a canary is paused, and a deploy waits for approval.')
  await leaveUnfinished(stage)
  report(seen)
  return seen
}

async function goLive(stage: Stage, run: Run): Promise<void> {
  const { app } = stage
  say('An app is declared by its spec. Its source is a git repository.')
  await release(stage, '1.0.0')
  await run('apply', '--file', await writeSpec(stage))
  say('Version 1.0.0: built to every target, pushed, deployed behind the proxy.')
  await run('build', app, 'all', '--version=1.0.0')
  await run('push', app, '1.0.0', '--target', 'production')
  await run('deploy', app, environment, '--version=1.0.0', '--dry-run')
  await run('deploy', app, environment, '--version=1.0.0')
}

async function replace(stage: Stage, run: Run): Promise<void> {
  await release(stage, '1.1.0')
  await run('build', stage.app, 'production', '--version=1.1.0', '--push')
  await run('deploy', stage.app, environment, '--version=1.1.0')
}

async function fail(stage: Stage, run: Run): Promise<void> {
  say('Version 1.2.0 is broken: it exits as soon as it starts. The deploy fails, says why, and 1.1.0 stays.')
  await release(stage, '1.2.0', 'crash')
  await run('build', stage.app, 'production', '--version=1.2.0', '--push')
  const status = await stevedore(stage.settings, 'deploy', stage.app, environment, '--version=1.2.0')
  if (status !== 1) throw new Error(`a broken version should end with status 1, not ${status}`)
}

async function lookBack({ app }: Stage, run: Run): Promise<void> {
  say('What there is now, how it came about, and who did it.')
  await run('status', app, environment)
  await run('history', app, environment)
  await run('audit', '--app', app, '--limit', '200')
  await run('audit', 'verify')
}

/** Visitors ask while the work goes on, and no longer, whatever comes of it. */
async function during(load: ReturnType<typeof startLoad>, work: () => Promise<void>): Promise<LoadResult> {
  await work().catch(async (error: unknown) => {
    await load.stop()
    throw error
  })
  return load.stop()
}

function say(text: string): void {
  console.log(`\n\n== ${text}`)
}

function report({ requests, failed, failures, answers, seconds }: LoadResult): void {
  const versions = Object.entries(answers).map(([version, count]) => `${version}: ${count}`)
  console.log(`\nVisitors asked ${requests} times in ${seconds.toFixed(1)} s (${versions.join(', ')}).`)
  console.log(`Failed requests: ${failed}`)
  for (const failure of failures) console.log(`  ${failure}`)
}
