import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSpecFile, tryReadSpecFile } from './spec-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-spec-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function write(text: string): Promise<string> {
  const path = join(dir, 'stevedore.yaml')
  await writeFile(path, text)
  return path
}

test('anchors and merge keys are what they stand for, and what only holds them is dropped', async () => {
  const path = await write(`
x-defaults: &defaults { engine: docker, env: { LEVEL: debug } }
app: shop
environments:
  staging: &staging { <<: *defaults, port: 8081 }
  production: { <<: [*staging], port: 8082, env: { LEVEL: warn } }
`)
  expect(await readSpecFile(path)).toEqual({
    app: 'shop',
    environments: {
      staging: { engine: 'docker', env: { LEVEL: 'debug' }, port: 8081 },
      production: { engine: 'docker', env: { LEVEL: 'warn' }, port: 8082 },
    },
  })
})

test('a file that is not there is told as such, or is none', async () => {
  const path = join(dir, 'stevedore.yaml')
  await expect(readSpecFile(path)).rejects.toThrow(`There is no ${path}`)
  expect(await tryReadSpecFile(path)).toBeUndefined()
})

test('a file without an app is told what it lacks', async () => {
  await expect(readSpecFile(await write('apps: shop'))).rejects.toThrow('has no `app:`')
})
