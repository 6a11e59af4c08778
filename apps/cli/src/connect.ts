import { readFileSync } from 'node:fs'
import type { Config } from '@stevedore/config'
import type { Command } from 'commander'
import type { Client } from './client/client.ts'
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

/**
 * A client for the server that options, environment or `stevedore up` on this machine name. The settings and the table of operations are
 * loaded here and not with the commands, since most of the time that a help text would take is theirs.
 */
export async function connect(options: ServerOptions, config?: Config): Promise<Client> {
  const { localFiles, readConfig } = await import('@stevedore/config')
  const { createClient } = await import('./client/client.ts')
  const { dataDir, token, isUrlGiven, ...given } = config ?? readConfig()
  const running = readIfThere(localFiles.url(dataDir))
  const url = (options.url ?? (isUrlGiven ? undefined : running) ?? given.url).replace(/\/{0,64}$/, '')
  const isOwn = isSameServer(url, running ?? `http://127.0.0.1:${given.port}`)
  // The token that lies here is the first administrator's: no other server is shown it, whoever names that server.
  return createClient({ url, token: token ?? (isOwn ? readIfThere(localFiles.token(dataDir)) : undefined) })
}

function isSameServer(one: string, other: string): boolean {
  return originOf(one) !== undefined && originOf(one) === originOf(other)
}

function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, port } = new URL(url)
  return `${protocol}//${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port}`
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
