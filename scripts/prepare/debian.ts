import { access, constants, readFile, rm, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import type { Distribution } from './piece.ts'

/** Debian, or its like, as root. */
export const debian: Distribution = { canInstall, install: installPackages }

async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await isThere('/usr/bin/apt-get'))
}

/** Installs packages without the services that some would start on fixed ports. */
async function installPackages(packages: readonly string[]): Promise<void> {
  const undo = await forbidServices()
  try {
    await apt(['update', '-qq'])
    await apt(['install', '-y', '-qq', '--no-install-recommends', '--', ...packages])
  } finally {
    await undo()
  }
}

async function apt(arguments_: string[]): Promise<void> {
  const settings = { env: { DEBIAN_FRONTEND: 'noninteractive' }, stdin: 'ignore', timeout: 600_000, all: true } as const
  const result = await execa('apt-get', arguments_, { ...settings, reject: false })
  if (result.exitCode !== 0) throw new Error(`apt-get ${arguments_.join(' ')} failed:\n${result.all}`)
}

const policy = '/usr/sbin/policy-rc.d'

/** Debian's own switch; one that the machine has stays as it is. */
async function forbidServices(): Promise<() => Promise<void>> {
  if (await isThere(policy)) return async () => {}
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rm(policy, { force: true })
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

/** Whether services are systemd's to start. */
export async function hasSystemd(): Promise<boolean> {
  // Without /proc the machine is no Linux, and has no systemd.
  return (await readFile('/proc/1/comm', 'utf8').catch(() => '')).trim() === 'systemd'
}
