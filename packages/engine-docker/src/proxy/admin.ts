import { FailureError } from '@stevedore/contract'
import { pollUntil } from '@stevedore/engine'
import { quote, quoteWords } from '../client/shell.ts'
import { proxyFailure } from '../failure/proxy.ts'
import { parseServerStats, parseToldServers, parseWorkers, type ServerStat, type WorkerList } from './admin-tables.ts'
import type { AdminAccess } from './base-config.ts'
import { type FileAccess, readAccess } from './files.ts'

/** The proxy's processes, and one backend's servers in the newest. */
export interface BackendView {
  workers: WorkerList
  /** undefined when it does not know the backend, or does not say. */
  servers: ServerStat[] | undefined
  /** The same, empty only where HAProxy says that it does not know the backend; undefined where it does not say. */
  told: ServerStat[] | undefined
}

/**
 * HAProxy's runtime API, reached through a shell in the proxy's container so that a remote host works like the local one. Each call is a
 * connection of its own there: what was kept would end with every reload.
 */
export interface ProxyAdmin {
  /** undefined while the master starts its next process. */
  tryLook(backend: string, signal: AbortSignal): Promise<BackendView | undefined>
  /** Waits out such moments. */
  look(backend: string, signal: AbortSignal): Promise<BackendView>
  /** The servers of a backend in one process. */
  listServers(pid: number, backend: string, signal: AbortSignal): Promise<ServerStat[] | undefined>
  /** The same, empty only where HAProxy says that there is no such process or backend; undefined where it does not say. */
  listToldServers(pid: number, backend: string, signal: AbortSignal): Promise<ServerStat[] | undefined>
  /** Gives commands to one process and reads its servers back; what it says to them is for the operator. */
  command(pid: number, commands: string[], backend: string, signal: AbortSignal): Promise<CommandResult>
  /** Tells the master to start its next process; from HAProxy 3 on it answers how that went. */
  reload(signal: AbortSignal): Promise<string>
}

export interface CommandResult {
  said: string
  servers: ServerStat[] | undefined
}

/** HAProxy takes a line of 16 KiB; a command stays below 300 bytes. */
const commandsPerLine = 40
const busyMs = 10_000
const notFoundCodes = [126, 127]

export function openAdmin(access: FileAccess): ProxyAdmin {
  const ask = openConversation(access)
  const tryLook: ProxyAdmin['tryLook'] = async (backend, signal) => {
    const text = await ask(`show proc; @1 ${showServers(backend)}`, signal)
    const workers = parseWorkers(text)
    return workers && { workers, servers: parseServerStats(text), told: parseToldServers(text) }
  }
  const askProcess = (pid: number, backend: string, signal: AbortSignal) =>
    ask(`@!${pid} ${showServers(backend)}`, signal)
  return {
    tryLook,
    reload: (signal) => ask('reload', signal),
    async look(backend, signal) {
      const view = await pollUntil(() => tryLook(backend, signal), { deadlineMs: busyMs, intervalMs: 25, signal })
      if (!view) throw slow(access)
      return view
    },
    listServers: async (pid, backend, signal) => parseServerStats(await askProcess(pid, backend, signal)),
    listToldServers: async (pid, backend, signal) => parseToldServers(await askProcess(pid, backend, signal)),
    command: (pid, commands, backend, signal) => giveCommands(ask, pid, [...commands, showServers(backend)], signal),
  }
}

function slow({ container }: FileAccess): FailureError {
  const diagnosis = `the proxy ${container.id} did not answer \`show proc\` within ${busyMs / 1_000} s`
  return new FailureError('engine-slow', { diagnosis })
}

/** Says a line to the master and gives its answer. */
type Ask = (line: string, signal: AbortSignal) => Promise<string>

function openConversation(files: FileAccess): Ask {
  let access: AdminAccess | undefined
  return async (line, signal) => {
    access ??= await readAccess(files, signal)
    const { port, key } = access
    const input = quote(`PROXY TCP6 ${key} ::1 1 1\r\n${line}\n`)
    const talk = quoteWords(['nc', '127.0.0.1', String(port)])
    const script = `printf '%s' ${input} | ${talk}`
    const { exitCode, stdout, stderr } = await files.shell.run(script, { what: 'nc', signal })
    if (notFoundCodes.includes(exitCode)) throw proxyFailure('its image has no `nc`', stderr)
    // Nothing was said: the master is busy, or the way in has changed.
    if (stdout === '') access = undefined
    return stdout
  }
}

async function giveCommands(ask: Ask, pid: number, commands: string[], signal: AbortSignal): Promise<CommandResult> {
  let text = ''
  for (let start = 0; start < commands.length; start += commandsPerLine) {
    const batch = commands.slice(start, start + commandsPerLine)
    text = await ask(batch.map((command) => `@!${pid} ${command}`).join('; '), signal)
  }
  return { said: text.split('# pxname')[0]!.replace(/\n+/g, '\n').trim(), servers: parseServerStats(text) }
}

/** Type 4 is a server; -1 is any of them. */
function showServers(backend: string): string {
  return `show stat ${backend} 4 -1`
}
