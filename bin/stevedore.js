#!/usr/bin/env node
// Plain JavaScript, so that whatever Node the user has can read it: it starts the real command under a Node that runs TypeScript.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const leastMajor = 24
const main = fileURLToPath(new URL('main.ts', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= leastMajor) await import(main)
else restart(findNode(dirname(main)))

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
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal signals the whole group; a signal that was sent to this process alone is passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {})
  child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)))
}
