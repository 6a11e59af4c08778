import { CliError, exitStatus } from '../exit.ts'

/** `git describe --tags --always --dirty` of a folder, as a version may be written: that of a build which names none. */
export async function describeVersion(dir: string): Promise<string> {
  const { execa } = await import('execa')
  const described = await execa('git', ['describe', '--tags', '--always', '--dirty'], { cwd: dir, reject: false })
  if (described.exitCode === 0) return toVersion(described.stdout.trim())
  throw new CliError(
    exitStatus.usage,
    `${dir} is not a git repository with a commit`,
    'Name the version: --version=1.0.0',
  )
}

/** Tags of git may hold what tags of images may not. */
function toVersion(described: string): string {
  return described
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 63)
}
