import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, expect, test } from 'vitest'

/** Stands in for `stevedore`: says where it was started and with what, a line each, and ends as it is told. */
const dir = await mkdtemp(join(tmpdir(), 'stevedore-fronts-'))
const STEVEDORE = join(dir, 'stevedore')
await writeFile(STEVEDORE, '#!/bin/sh\npwd\nprintf "<%s>\\n" "$@"\nexit 3\n')
await chmod(STEVEDORE, 0o755)
afterAll(() => rm(dir, { recursive: true }))

const run = (script: string, ...words: string[]) =>
  execa('sh', [join(import.meta.dirname, script), ...words], { cwd: dir, env: { STEVEDORE }, reject: false })

test.each([
  ['build.sh', ['all', '--push'], ['build', 'stevedore', 'all', '--push']],
  [
    'build.sh',
    ['production', '--version=1.2.0 $(id)', '--registry=ghcr.io', '--no-cache'],
    ['build', 'stevedore', 'production', '--version=1.2.0 $(id)', '--registry=ghcr.io', '--no-cache'],
  ],
  ['deploy.sh', ['staging'], ['deploy', 'stevedore', 'staging']],
  [
    'deploy.sh',
    ['production', '--version=*', '--dry-run', '--namespace=tools', '--wait-timeout=20m'],
    ['deploy', 'stevedore', 'production', '--version=*', '--dry-run', '--namespace=tools', '--wait-timeout=20m'],
  ],
])(
  '%s %j is the command line’s own, started from the root with the same words and status',
  async (script, words, asked) => {
    const { stdout, exitCode } = await run(script, ...words)
    expect(stdout.split('\n')).toEqual([join(import.meta.dirname, '..'), ...asked.map((word) => `<${word}>`)])
    expect(exitCode).toBe(3)
  },
)

test.each([
  ['build.sh', []],
  ['build.sh', ['prod']],
  ['build.sh', ['--push']],
  ['build.sh', ['all', 'production']],
  ['build.sh', ['all', '--version=']],
  ['build.sh', ['all', '--version', '1']],
  ['build.sh', ['all', '--push=yes']],
  ['build.sh', ['']],
  ['deploy.sh', []],
  ['deploy.sh', ['Production']],
  ['deploy.sh', ['--dry-run']],
  ['deploy.sh', ['staging; id']],
  ['deploy.sh', ['staging', '--detach']],
  ['deploy.sh', ['staging', '']],
  ['deploy.sh', ['staging', '--url=http://elsewhere']],
])('%s %j is refused with its usage', async (script, words) => {
  const { stdout, stderr, exitCode } = await run(script, ...words)
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^Usage: scripts/${script} `)),
    exitCode: 2,
  })
})
