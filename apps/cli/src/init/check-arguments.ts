import { stat } from 'node:fs/promises'
import { CliError, exitStatus } from '../exit.ts'
import { unlessAbsent } from '../system-error.ts'

/** @throws CliError for a name that no app and no environment may have */
export async function checkNames(names: { app: string | undefined; environment: string }): Promise<void> {
  const { appName } = await import('@stevedore/contract')
  for (const [option, name] of Object.entries(names)) {
    const { error } = appName.optional().safeParse(name)
    if (error) throw new CliError(exitStatus.usage, `--${option}: must be ${error.issues[0]?.message}`)
  }
}

/** @throws CliError */
export async function checkFolder(folder: string): Promise<void> {
  const found = await unlessAbsent(stat(folder))
  if (!found?.isDirectory()) throw new CliError(exitStatus.usage, `${folder} is no folder`)
}
