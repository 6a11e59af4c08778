import { expect, test } from 'vitest'
import { exampleRelease } from './example-release.ts'
import { buildEnvSecret, buildPullSecret, nameEnvSecret } from './secret.ts'

const withSecrets = (secrets: Record<string, string>, revision = 3) =>
  exampleRelease({ secrets: Object.keys(secrets) }, { secrets, revision })

test('equal secrets share a name, whatever their order and revision; changed ones get another', async () => {
  const name = await nameEnvSecret(withSecrets({ A: '1', B: '2' }))
  expect(name).toMatch(/^shop-env-[0-9a-f]{16}$/)
  expect(await nameEnvSecret(withSecrets({ B: '2', A: '1' }, 4))).toBe(name)
  expect(await nameEnvSecret(withSecrets({ A: '1', B: '3' }))).not.toBe(name)
  expect(await nameEnvSecret(exampleRelease())).toBeUndefined()
})

test('a release’s Secret object cannot be changed', () => {
  expect(buildEnvSecret(withSecrets({ A: 'ü' }), 'shop-env-1')).toMatchObject({
    metadata: { name: 'shop-env-1', namespace: 'shops' },
    immutable: true,
    data: { A: 'w7w=' },
  })
})

test('the pull secret is for the image’s registry', () => {
  const { data, type } = buildPullSecret(exampleRelease(), 'ghcr.io/acme/shop@sha256:abc', {
    username: 'u',
    password: 'p',
  })
  expect(type).toBe('kubernetes.io/dockerconfigjson')
  expect(JSON.parse(Buffer.from(data!['.dockerconfigjson']!, 'base64').toString())).toEqual({
    auths: { 'ghcr.io': { username: 'u', password: 'p', auth: 'dTpw' } },
  })
})
