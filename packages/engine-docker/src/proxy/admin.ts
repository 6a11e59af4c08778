import type Docker from 'dockerode'
import { execIn } from '../containers/exec.ts'
import { pollUntil } from '../containers/poll.ts'
import { proxyFailure } from './proxy-failure.ts'
import { parseServerStats, type ServerStat } from './stat-table.ts'
import { parseWorkers, type WorkerList } from './worker-list.ts'

/** HAProxy's runtime API, reached through the proxy's container so that a remote host works like the local one. */
export interface ProxyAdmin {
  /** Empty while the master starts its next worker: ask again. */
  listWorkers(signal: AbortSignal): Promise<WorkerList | undefined>
  /** The servers of a backend in one worker; undefined when it does not know the backend. */
  listServers(pid: number, backend: string, signal: AbortSignal): Promise<ServerStat[] | undefined>
  /** Gives all commands to one worker; what it says is for the operator, since the effect is read back. */
  command(pid: number, commands: string[], signal: AbortSignal): Promise<string>
}

/** HAProxy takes a line of 16 KiB; a command stays below 300 bytes. */
const commandsPerLine = 40

export function openAdmin(
  container: Docker.Container,
  access: (signal: AbortSignal) => Promise<{ port: number; key: string }>,
): ProxyAdmin {
  async function ask(line: string, signal: AbortSignal): Promise<string> {
    const { port, key } = await access(signal)
    const input = `PROXY TCP6 ${key} ::1 1 1\r\n${line}\n`
    return (await execIn(container, ['nc', '127.0.0.1', String(port)], { input, signal })).stdout
  }
  return {
    listWorkers: async (signal) => parseWorkers(await ask('show proc', signal)),
    listServers: async (pid, backend, signal) =>
      parseServerStats(await ask(`@!${pid} show stat ${backend} 4 -1`, signal)),
    async command(pid, commands, signal) {
      const answers: string[] = []
      for (let start = 0; start < commands.length; start += commandsPerLine) {
        const batch = commands.slice(start, start + commandsPerLine)
        answers.push(await ask(batch.map((command) => `@!${pid} ${command}`).join('; '), signal))
      }
      return answers.join('\n').replace(/\n{2,}/g, '\n')
    },
  }
}

/** Waits out the moments in which the master is busy. */
export async function listWorkers(admin: ProxyAdmin, signal: AbortSignal): Promise<WorkerList> {
  const workers = await pollUntil(() => admin.listWorkers(signal), { deadlineMs: 10_000, intervalMs: 50, signal })
  if (!workers) throw proxyFailure('its master does not answer')
  return workers
}
