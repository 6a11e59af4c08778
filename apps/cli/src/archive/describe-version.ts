import { execa } from 'execa'
import { CliError, exitStatus } from '../exit.ts'

/** `git describe --tags --always --dirty` of a folder: the version of a build that names none. */
export async function describeVersion(dir: string): Promise<string> {
  const described = await execa('git', ['describe', '--tags', '--always', '--dirty'], { cwd: dir, reject: false })
  if (described.exitCode === 0) return described.stdout.trim()
  throw new CliError(
    exitStatus.usage,
    `${dir} is not a git repository with a commit`,
    'Name the version: --version=1.0.0',
  )
}
