import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FailureError } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { explainIgnored } from './ignored.ts'

async function explain(ignore: string, diagnosis: string): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-ignored-'))
  try {
    await writeFile(join(dir, '.dockerignore'), ignore)
    const files = ['Dockerfile.dockerignore', '.dockerignore']
    const error = await explainIgnored(new FailureError('build-failed', { diagnosis }), dir, files)
    return error instanceof FailureError ? error.diagnosis : undefined
  } finally {
    await rm(dir, { recursive: true })
  }
}

test.each([
  'failed to compute cache key: "/dist/app.js" not found: not found',
  'failed to compute cache key: failed to calculate checksum of ref a::b: "/dist/app.js": not found',
  'failed to walk /var/lib/docker/tmp/buildkit-mount42/dist: lstat /var/lib/docker/tmp/buildkit-mount42/dist/app.js: no such file or directory',
  'COPY failed: file not found in build context or excluded by .dockerignore: stat dist/app.js: file does not exist',
  'COPY failed: stat dist/app.js: file does not exist',
])('names what it left out, when a builder says %j', async (said) => {
  expect(await explain('dist\n', said)).toMatch(/^\.dockerignore leaves out dist\/app\.js: [^\n]*\n/)
  expect(await explain('dist\n!dist/app.js', said)).toBe(said)
})
