import { exitStatus } from './exit.ts'
import { run } from './run.ts'

/** `stevedore … | head` closes the pipe: that is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitStatus.done)
})
process.exitCode = await run(process.argv.slice(2))
