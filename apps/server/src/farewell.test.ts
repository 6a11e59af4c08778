import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const farewell = join(import.meta.dirname, 'farewell.ts')

/** A server whose work would go on for an hour, and which something befalls once it is up. */
function endAfter(what: string) {
  const program = `
    import { setTimeout as wait } from 'node:timers/promises'
    import { openFarewell, throwUncaught } from ${JSON.stringify(farewell)}
    const hourMs = 3_600_000
    async function run() {
      await using running = openFarewell(hourMs)
      const kept = setInterval(() => {}, 1_000)
      running.defer('the timer', async () => clearInterval(kept))
      running.defer('the work', async () => {
        const ms = running.graceMs()
        console.log('working for', ms)
        setImmediate(() => process.emit('while-it-ends'))
        await wait(ms, undefined, { signal: running.hurry }).catch(() => console.log('handed over'))
      })
      ${what}
      throwUncaught(await running.begun)
    }
    run().catch((error) => { console.log(error.message); process.exitCode = 1 })
  `
  return execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false, timeout: 20_000 })
}

test('an error that nobody catches ends the grace of a stop that was asked for, and the process with 1', async () => {
  const { stdout, exitCode } = await endAfter(`
    process.once('while-it-ends', () => { setTimeout(() => { throw new Error('a fault') }) })
    process.kill(process.pid, 'SIGTERM')`)
  expect(stdout).toMatch(
    /^working for 3600000\nhanded over\nStevedore ends, since an error was caught by nobody: a fault$/,
  )
  expect(exitCode).toBe(1)
})

test('a second signal ends it where it stands, also after an error', async () => {
  const { exitCode } = await endAfter(`
    process.once('while-it-ends', () => process.kill(process.pid, 'SIGTERM'))
    process.kill(process.pid, 'SIGTERM')`)
  expect(exitCode).toBe(130)
})
