import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'

export interface LogFile {
  path: string
  stream: WriteStream
}

/** On a terminal log lines would bury what a person is told: they go to a file. Elsewhere whoever runs the server collects them. */
export function openLogFile(dataDir: string): LogFile | undefined {
  if (!process.stdout.isTTY) return undefined
  const path = join(dataDir, 'stevedore.log')
  return { path, stream: createWriteStream(path, { flags: 'a', mode: 0o600 }) }
}
