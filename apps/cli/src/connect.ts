import { readFileSync } from 'node:fs'
import { type Config, localFiles, readConfig } from '@stevedore/config'
import type { Command } from 'commander'
import { type Client, createClient } from './client/client.ts'
import { systemCode } from './system-error.ts'

export interface ServerOptions {
  url?: string
  json?: boolean
}

/** Adds what every command that talks to the server takes. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the server, instead of STEVEDORE_URL')
    .option('--json', 'one JSON document for machines')
}

/** Adds what every command that starts a job takes. */
export function addFollowOptions(command: Command): Command {
  return addServerOptions(command)
    .option('--detach', 'print the id of the job and leave')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the job instead of leaving it')
}

/** A client for the server that options, environment or `stevedore up` on this machine name. */
export function connect(options: ServerOptions, config = readConfig()): Client {
  return createClient({
    url: findUrl(options, config),
    token: config.token ?? readIfThere(localFiles.token(config.dataDir)),
  })
}

function findUrl({ url }: ServerOptions, config: Config): string {
  const running = config.isUrlGiven ? undefined : readIfThere(localFiles.url(config.dataDir))
  return (url ?? running ?? config.url).replace(/(?<!\/)\/+$/, '')
}

/** The trimmed text of a file, or undefined where there is none. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
