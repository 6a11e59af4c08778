import { run } from '@stevedore/cli'
import { createServerCommands } from '@stevedore/server'

/** `stevedore … | head` closes the pipe: that is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})
process.exitCode = await run(process.argv.slice(2), createServerCommands())
