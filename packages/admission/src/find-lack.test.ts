import { type AppSpecInput, appSpec, type EnvironmentSpec, environmentSpec } from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import type { Claimant } from './claimants.ts'
import { listAppSecrets, refuseMissing, refuseTaken } from './find-lack.ts'

const onDocker = (given: object): EnvironmentSpec => environmentSpec.parse({ engine: 'docker', ...given })
const onCluster = (given: object): EnvironmentSpec =>
  environmentSpec.parse({ engine: 'kubernetes', namespace: 'shop', ...given })
const claimant = (app: string, settings: EnvironmentSpec, more: Partial<Claimant> = {}): Claimant => {
  return { app, environment: 'staging', settings, runs: false, ...more }
}

/** What is said to `cart`, which wants the settings and was declared on the tenth. */
function refuse(settings: EnvironmentSpec, others: Claimant[], canSee = () => true): string | undefined {
  const own = claimant('cart', settings, { declaredAt: new Date('2026-01-10') })
  return refuseTaken({ app: 'cart', environment: 'staging', settings }, [own, ...others], canSee)?.message
}

const port = onDocker({ port: 8081 })
const earlier = { declaredAt: new Date('2026-01-09') }
const later = { declaredAt: new Date('2026-01-11') }

describe('a port or host name', () => {
  test('of what runs is refused, with the command that frees it', () => {
    expect(refuse(port, [claimant('shop', port, { runs: true })])).toBe(
      "port 8081 is shop/staging's: choose another or `stevedore remove shop staging`",
    )
  })

  test('that is declared alone belongs to whoever declared it first', () => {
    expect(refuse(port, [claimant('shop', port, earlier)])).toMatch(
      /^port 8081 is shop\/staging's, by the spec of shop/,
    )
    expect(refuse(port, [claimant('shop', port, later)])).toBeUndefined()
  })

  test('with which an environment runs stays its own, whoever declared it before', () => {
    const live = claimant('cart', port, { runs: true })
    expect(refuse(port, [live, claimant('shop', port, earlier)])).toBeUndefined()
  })

  test('of another environment of the same app is refused where that runs', () => {
    expect(refuse(port, [claimant('cart', port, { environment: 'old', runs: true })])).toContain("cart/old's")
  })

  test('of what the caller may not see is refused without a name', () => {
    const said = refuse(port, [claimant('shop', port, { runs: true })], () => false)
    expect(said).toBe('port 8081 is taken by an environment of another app: choose another')
  })

  test.each([
    ['another port', onDocker({ port: 8082 })],
    ['another machine', onDocker({ port: 8081, hosts: ['eu-1'] })],
    ['a host name', onDocker({ host: 'shop.example.com' })],
    ['a cluster', onCluster({ ingress: { host: 'shop.example.com' } })],
  ])('is another with %s', (_name, settings) => {
    expect(refuse(port, [claimant('shop', settings, { runs: true })])).toBeUndefined()
  })

  test('is the same on one of several machines, and on a cluster by the ingress', () => {
    const two = onDocker({ port: 8081, hosts: ['eu-1', 'eu-2'] })
    expect(refuse(two, [claimant('shop', onDocker({ port: 8081, hosts: ['eu-2'] }), { runs: true })])).toContain('port')
    const ingress = onCluster({ ingress: { host: 'shop.example.com' } })
    expect(refuse(ingress, [claimant('shop', ingress, { runs: true })])).toContain('host name shop.example.com')
  })
})

describe('secrets', () => {
  const spec = appSpec.parse({
    app: 'shop',
    source: { git: 'https://git.example.com/shop.git', credential: 'GIT' },
    build: { secrets: ['NPM'] },
    image: { registry: 'r.example.com', name: 'acme/shop', credential: 'REGISTRY' },
  } satisfies AppSpecInput)

  test.each([
    ['a build', { kind: 'build' }, true, ['GIT', 'NPM']],
    ['a build that pushes', { kind: 'build', push: true }, true, ['GIT', 'NPM', 'REGISTRY']],
    ['a build of an upload', { kind: 'build', upload: 'x' }, true, ['NPM']],
    ['a stranger’s build', { kind: 'build' }, false, ['GIT']],
    ['a push', { kind: 'push' }, true, ['REGISTRY']],
    ['a deploy', { kind: 'deploy', environment: 'staging' }, true, ['REGISTRY']],
  ] as const)('%s needs those that it reads', (_name, asked, trusted, names) => {
    expect(listAppSecrets(spec, asked, trusted)).toEqual(names)
  })

  test('that are missing are all named, each with its command', () => {
    expect(refuseMissing('shop', { kind: 'deploy', environment: 'staging' }, ['A', 'B'])?.message).toBe(
      'the deploy of shop/staging needs A, B, which are not stored: ' +
        'run `stevedore secret set A --app shop`, `stevedore secret set B --app shop`',
    )
    expect(refuseMissing('shop', { kind: 'push' }, [])).toBeUndefined()
  })
})
