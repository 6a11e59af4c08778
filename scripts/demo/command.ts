import { join } from 'node:path'
import { execa } from 'execa'

export const commandPath = join(import.meta.dirname, '..', '..', 'bin', 'stevedore.js')

/** Variables for the command; undefined takes one away that the shell has set. */
export type Settings = Record<string, string | undefined>

/** Runs `stevedore …` as a user would, shown with its output, and gives its exit status. */
export async function stevedore(settings: Settings, ...arguments_: string[]): Promise<number> {
  console.log(`\n$ stevedore ${arguments_.join(' ')}`)
  const result = await execa(process.execPath, [commandPath, ...arguments_], {
    env: settings,
    stdio: 'inherit',
    reject: false,
  })
  return result.exitCode ?? 1
}

/** The same where the status must be 0. */
export async function mustRun(settings: Settings, ...arguments_: string[]): Promise<void> {
  const status = await stevedore(settings, ...arguments_)
  if (status !== 0) throw new Error(`stevedore ${arguments_[0]} ended with status ${status}`)
}
