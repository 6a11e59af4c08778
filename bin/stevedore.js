#!/usr/bin/env node
// Plain JavaScript, so that whatever Node the user has can read it: it starts itself under a Node that runs TypeScript, and there the
// real command.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const leastMajor = 24
const launcher = fileURLToPath(import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= leastMajor) await run()
else restart(findNode(dirname(launcher)))

async function run() {
  // What was compiled once is read again: most of the time that a short command takes. Where the folder cannot be written it is not kept.
  module.enableCompileCache(join(dirname(launcher), '..', 'node_modules', '.cache', 'stevedore'))
  await import('./main.ts')
}

/** The package `node` brings its own, in node_modules/.bin of this folder or of one above it. */
function findNode(folder) {
  const candidate = join(folder, 'node_modules', '.bin', 'node')
  if (existsSync(candidate)) return candidate
  const parent = dirname(folder)
  return parent === folder ? undefined : findNode(parent)
}

function restart(node) {
  if (!node) {
    console.error(`stevedore: needs Node ${leastMajor} or newer; this is ${process.version}. Run: npm install`)
    process.exit(2)
  }
  const child = spawn(node, [launcher, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal signals the whole group; a signal that was sent to this process alone is passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {})
  child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)))
}
