// Plain JavaScript for any Node from 20 on: brings the dependencies where they are missing, then runs a script of TypeScript under the
// Node that they bring. Usage: node scripts/with-node.js SCRIPT [ARGUMENTS]
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const leastMajor = 20
const root = fileURLToPath(new URL('..', import.meta.url))
const node = join(root, 'node_modules', '.bin', 'node')

if (Number(process.versions.node.split('.')[0]) < leastMajor) {
  console.error(
    `Stevedore is installed with Node ${leastMajor} or newer; this is ${process.version}. See https://nodejs.org`,
  )
  process.exit(2)
}

if (!existsSync(node) || !existsSync(join(root, 'node_modules', '.package-lock.json'))) {
  console.log('Installing the npm dependencies: node_modules is not there.')
  // Not `npm ci`: it refuses a lock file written where a registry lacked the optional packages of another platform.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])
}
const [script = '', ...rest] = process.argv.slice(2)
run(node, [join(root, script), ...rest])

function run(program, arguments_) {
  // Ctrl-C reaches the child from the terminal; it decides when to end.
  const ignore = () => {}
  process.on('SIGINT', ignore)
  const { status, signal, error } = spawnSync(program, arguments_, { cwd: root, stdio: 'inherit' })
  process.off('SIGINT', ignore)
  if (error) throw error
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1))
}
