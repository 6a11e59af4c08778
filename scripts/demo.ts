import { parseArgs } from 'node:util'
import type { Stage } from './demo/stage.ts'
import { dockerEngine } from './prepare/docker-engine.ts'
import { prepare } from './prepare/prepare.ts'
import { git, registry } from './prepare/programs.ts'

/** `npm run demo`: the story of one app, on real components. `--once` ends after it. */
const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } })
const missing = await prepare([git, dockerEngine, registry])
if (missing.length > 0) {
  console.error(`The demo needs ${missing.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

// Only now: they look for the programs as they load.
const { play } = await import('./demo/story.ts')
const { setStage } = await import('./demo/stage.ts')
const { readToken } = await import('./demo/unfinished.ts')
// Both stay listened to: a signal without a listener would end this process before it has cleared up.
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
})

try {
  const stage = await setStage()
  await perform(stage).finally(stage.clear)
} catch (error) {
  console.error(`\nThe demo failed: ${(error as Error).message}`)
  process.exitCode = 1
}

async function perform(stage: Stage): Promise<void> {
  const seen = await Promise.race([play(stage), interrupted])
  process.exitCode = seen === undefined ? 130 : seen.failed > 0 ? 1 : 0
  if (seen === undefined || values.once) return
  await showAddresses(stage)
  await interrupted
  console.log('\nClearing up.')
}

async function showAddresses(stage: Stage): Promise<void> {
  const { app, port, server } = stage
  const environments = `${server.url}/console/apps/${app}`
  console.log(`
Stevedore runs on until Ctrl-C. Its console, where all of this can be seen and gone on with:
  console      ${server.url}/console
  sign in with ${await readToken(stage)}

  production   ${environments}/production   1.0.0 is back; 1.2.0 failed, and says why
  staging      ${environments}/staging   1.1.0 has a fifth of the traffic until you promote or abort it
  partners     ${environments}/partners   ben has asked for 1.1.0, and you may approve it

  app          http://127.0.0.1:${port}
  API docs     ${server.url}/docs
  Bull Board   ${server.url}/queues
  log          ${server.log}`)
}
