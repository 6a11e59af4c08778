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
  showAddresses(stage)
  await interrupted
  console.log('\nClearing up.')
}

function showAddresses({ port, server, settings }: Stage): void {
  console.log('\nStevedore runs on until Ctrl-C:')
  console.log(`  app          http://127.0.0.1:${port}`)
  console.log(`  API docs     ${server.url}/docs`)
  console.log(`  Bull Board   ${server.url}/queues (sign in with the token in ${settings.STEVEDORE_DATA_DIR}/token)`)
  console.log(`  log          ${server.log}`)
}
