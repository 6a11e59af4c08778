import { spawn } from 'node:child_process'
import { Agent } from 'node:http'
import { Duplex, PassThrough } from 'node:stream'
import { cutStart } from '@stevedore/contract'

/**
 * Reaches an engine as the Docker client itself does: `ssh HOST docker system dial-stdio`. OpenSSH checks the host's key
 * against known_hosts and reads the worker's ssh settings, which a library client would not.
 */
export function createSshAgent(url: URL): Agent {
  const agent = new Agent({ keepAlive: false })
  agent.createConnection = () => dial(sshArguments(url))
  return agent
}

/** BatchMode: a missing key fails at once and never asks on a terminal that nobody watches. */
export function sshArguments(url: URL): string[] {
  const user = url.username ? ['-l', decodeURIComponent(url.username)] : []
  const port = url.port ? ['-p', url.port] : []
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10']
  return [...options, ...user, ...port, '--', host, 'docker', 'system', 'dial-stdio']
}

/** The connection ends by the process's exit, not by its closed pipes: only then is it known whether ssh had a complaint. */
function dial(args: string[]): Duplex {
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const output = child.stdout.pipe(new PassThrough(), { end: false })
  const input = new PassThrough()
  // What ssh no longer takes is dropped: why it went is told by its exit.
  input.pipe(child.stdin).on('error', () => input.resume())
  const connection = Duplex.from({ readable: output, writable: input })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = cutStart(`${complaint}${chunk}`, 2_000)
  })
  const refuse = (reason: string) => connection.destroy(Object.assign(new Error(reason), { code: 'ECONNREFUSED' }))
  child.once('error', (error) => refuse(error.message))
  child.once('close', (code) => (code === 0 ? output.end() : refuse(complaint.trim() || 'ssh ended')))
  connection.once('close', () => child.kill())
  return connection
}
