import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/**
 * `npm run dev [-- api | worker | up …]`: a part of Stevedore, all of it unless one is named, that starts anew whenever a file of it changes.
 * What it is told to end by is SIGTERM, as ever: a worker hands over what it is at, and the next one goes on with it.
 */
const root = join(import.meta.dirname, '..')
const watched = ['apps', 'bin', 'drizzle', 'packages'].map((folder) => `--watch-path=${join(root, folder)}`)
const command = process.argv.length > 2 ? process.argv.slice(2) : ['up']

const child = spawn(
  process.execPath,
  ['--watch', '--watch-preserve-output', ...watched, join(root, 'bin/stevedore.js'), ...command],
  // Nobody wants to wait for a build to end before a change is seen.
  { stdio: 'inherit', env: { GRACE_MS: '1000', ...process.env } },
)
// A terminal sends Ctrl-C to both; what was sent to this process alone is passed on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
const [status] = await once(child, 'exit')
process.exitCode = status ?? 1
