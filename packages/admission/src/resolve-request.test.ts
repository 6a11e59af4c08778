import { appSpec, ProblemError } from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import type { ImageFacts } from './image-facts.ts'
import { findEnvironment, resolveBuild, resolveDeploy, resolvePush, resolveRollback } from './resolve-request.ts'

describe('requests, resolved', () => {
  const spec = appSpec.parse({
    app: 'shop',
    source: { git: 'https://git.example.com/shop.git' },
    build: { targets: ['development', 'production'] },
    image: { registry: 'r.example.com', name: 'acme/shop' },
    environments: { e: { engine: 'docker' } },
  })
  const settings = findEnvironment(spec, 'e')
  const digest = `sha256:${'a'.repeat(64)}`
  const image = (version: string, target: string, pushed: string | null): ImageFacts => ({
    version,
    target,
    registry: 'r.example.com',
    name: 'acme/shop',
    imageId: `sha256:${'b'.repeat(64)}`,
    digest: pushed,
    pullRequest: null,
  })
  const code = (work: () => unknown) => {
    try {
      work()
    } catch (error) {
      return (error as ProblemError).code
    }
    return undefined
  }

  test('a build takes the default target, all, or the one that is named', () => {
    const request = { kind: 'build', app: 'shop' } as const
    expect(resolveBuild(request, spec)).toMatchObject({
      targets: ['production'],
      push: false,
      cacheScope: 'shop-trusted',
    })
    expect(resolveBuild({ ...request, target: 'all' }, spec).targets).toEqual(['development', 'production'])
    expect(resolveBuild(request, spec, false)).toMatchObject({ trusted: false, cacheScope: 'shop-untrusted' })
    expect(code(() => resolveBuild({ ...request, target: 'nope' }, spec))).toBe('validation-failed')
    expect(code(() => resolveBuild(request, { ...spec, source: { ...spec.source, git: undefined } }))).toBe(
      'validation-failed',
    )
  })

  test('without targets a build goes to what the Dockerfile has, unless one is named', () => {
    const plain = { ...spec, build: { ...spec.build, targets: undefined } }
    expect(resolveBuild({ kind: 'build', app: 'shop' }, plain).targets).toBeNull()
    expect(resolveBuild({ kind: 'build', app: 'shop', target: 'production' }, plain).targets).toEqual(['production'])
    expect(resolveBuild({ kind: 'build', app: 'shop', target: 'all' }, plain).targets).toBeNull()
    const named = { ...plain, build: { ...plain.build, default: 'web' } }
    expect(resolveBuild({ kind: 'build', app: 'shop' }, named).targets).toEqual(['web'])
  })

  test('without a registry a build is kept, and nothing can be pushed', () => {
    const kept = { ...spec, image: {} }
    const request = { kind: 'build', app: 'shop' } as const
    expect(resolveBuild(request, kept)).toMatchObject({ registry: null, push: false })
    expect(resolveBuild({ ...request, registry: 'r.example.com', push: true }, kept).registry).toBe('r.example.com')
    expect(code(() => resolveBuild({ ...request, push: true }, kept))).toBe('no-registry')
    const images = [{ ...image('1.0.0', 'production', null), registry: null }]
    expect(code(() => resolvePush({ kind: 'push', app: 'shop', version: '1.0.0' }, images))).toBe('no-registry')
  })

  test('a push takes every built target of the version', () => {
    const images = [
      image('1.0.0', 'production', null),
      image('1.0.0', 'development', null),
      image('0.9.0', 'production', digest),
    ]
    expect(resolvePush({ kind: 'push', app: 'shop', version: '1.0.0' }, images).images).toHaveLength(2)
    expect(code(() => resolvePush({ kind: 'push', app: 'shop', version: '2.0.0' }, images))).toBe('no-such-image')
  })

  test('a deploy is pinned to a digest that was pushed', () => {
    const request = { kind: 'deploy', app: 'shop', environment: 'e' } as const
    const images = [image('1.1.0', 'production', null), image('1.0.0', 'production', digest)]
    const deploy = (more: { version?: string; image?: string } = {}, of = spec) =>
      resolveDeploy({ request: { ...request, ...more }, spec: of, settings, images })
    expect(deploy()).toMatchObject({ image: `r.example.com/acme/shop@${digest}`, version: '1.0.0' })
    expect(code(() => deploy({ version: '1.1.0' }))).toBe('no-such-image')
    const foreign = `other.example.com/acme/shop@${digest}`
    expect(code(() => deploy({ image: foreign }))).toBe('policy-violation')
    expect(code(() => deploy({ image: foreign }, { ...spec, image: {} }))).toBe('policy-violation')
    expect(deploy({ image: `r.example.com/acme/shop@${digest}` })).toMatchObject({ version: '1.0.0' })
  })

  test('a rollback to nothing is refused', () => {
    expect(() => resolveRollback({ kind: 'rollback', app: 'a', environment: 'e' }, [], null)).toThrow(ProblemError)
  })
})
