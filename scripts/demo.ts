import { parseArgs } from 'node:util'
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
const { withStage } = await import('./demo/stage.ts')
// Both stay listened to: a signal without a listener would end this process before it has cleared up.
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
})

await withStage(async (stage) => {
  const seen = await Promise.race([play(stage), interrupted])
  if (!seen) {
    process.exitCode = 130
    return console.log('\nClearing up.')
  }
  if (seen.failed > 0) process.exitCode = 1
  if (values.once) return
  console.log(`\nStevedore runs on until Ctrl-C:`)
  console.log(`  app          http://127.0.0.1:${stage.port}`)
  console.log(`  API docs     ${stage.url}/docs`)
  console.log(
    `  Bull Board   ${stage.url}/queues (sign in with the token in ${stage.settings.STEVEDORE_DATA_DIR}/token)`,
  )
  console.log(`  log          ${stage.log}`)
  await interrupted
  console.log('\nClearing up.')
}).catch((error: Error) => {
  console.error(`\nThe demo failed: ${error.message}`)
  process.exitCode = 1
})
