import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCredential, readWorkerCredentials } from './credentials.ts'
import { listsAsInsecure } from './insecure.ts'

test('reads the settings that docker login writes, by any name of the registry', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stevedore-auths-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'config.json')
  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') })
  const auths = {
    'ghcr.io': auth('bob:a:b'),
    'https://index.docker.io/v1/': auth('hub:pw'),
    'https://r.test/': auth('r:pw'),
    'odd.test': {},
  }
  writeFileSync(path, JSON.stringify({ auths }))
  const credentials = await readWorkerCredentials(path)
  expect(findCredential(credentials, 'ghcr.io')).toEqual({ username: 'bob', password: 'a:b' })
  expect(findCredential(credentials, 'docker.io')).toEqual({ username: 'hub', password: 'pw' })
  expect(findCredential(credentials, 'r.test')).toEqual({ username: 'r', password: 'pw' })
  expect(findCredential(credentials, 'odd.test')).toBeUndefined()
  expect(await readWorkerCredentials(join(dir, 'absent'))).toEqual({})
})

test('an engine’s insecure registries are told by name and by network', () => {
  const settings = {
    InsecureRegistryCIDRs: ['10.1.0.0/16', '::1/128'],
    IndexConfigs: { 'old.test:5000': { Secure: false }, 'docker.io': { Secure: true } },
  }
  const insecure = (registry: string) => listsAsInsecure(settings, registry, registry.replace(/:\d+$/, ''))
  expect(['old.test:5000', '10.1.2.3:5000', '10.2.0.1', 'docker.io', 'ghcr.io'].map(insecure)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
