/** Between the end of all that was begun and that of the process. */
const lingerMs = 1_000

/**
 * Runs a server until it has ended, and the process with it: a connection or a timer of a library that was left over would keep it alive, while
 * it looks as if it had ended.
 */
export async function runServer(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } finally {
    // Time for the last words to be written. Its exit status is what the command line has set by then.
    setTimeout(() => process.exit(), lingerMs).unref()
  }
}
