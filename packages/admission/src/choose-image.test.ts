import { type AppSpecInput, appSpec, type DeployRequest, environmentSpec, ProblemError } from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import { chooseImage } from './choose-image.ts'
import type { ImageFacts } from './image-facts.ts'

const digest = `sha256:${'a'.repeat(64)}`
const imageId = `sha256:${'b'.repeat(64)}`
const registry = { registry: 'r.example.com', name: 'acme/shop' }

const built = (version: string, target: string): ImageFacts => ({
  ...registry,
  ...{ version, target, imageId, digest: null, pullRequest: null },
})
const pushed = (version: string, target: string): ImageFacts => ({ ...built(version, target), digest })
const kept = (version: string, target: string): ImageFacts => ({ ...built(version, target), registry: null })

const docker = { engine: 'docker' }
interface Wanted {
  request?: Partial<DeployRequest>
  spec?: Partial<AppSpecInput>
  settings?: object
}

/** `VERSION TARGET`, or the refusal as `code: message`. @param images newest first */
function choose(images: ImageFacts[], { request, spec, settings = docker }: Wanted = {}): string {
  try {
    const chosen = chooseImage({
      request: { kind: 'deploy', app: 'shop', environment: 'staging', ...request },
      spec: appSpec.parse({ app: 'shop', image: registry, ...spec }),
      settings: environmentSpec.parse(settings),
      images,
    })
    return `${chosen.version} ${chosen.target}`
  } catch (error) {
    if (error instanceof ProblemError) return `${error.code}: ${error.message}`
    throw error
  }
}

const version = (text: string) => ({ request: { version: text } })

describe('a spec that lists no targets', () => {
  test('production is meant, however new another target is', () => {
    const images = [pushed('1.0.0', 'base'), pushed('1.0.0', 'production')]
    expect(choose(images)).toBe('1.0.0 production')
    expect(choose(images, version('1.0.0'))).toBe('1.0.0 production')
    expect(choose(images.toReversed(), version('1.0.0'))).toBe('1.0.0 production')
    expect(choose([pushed('1.1.0', 'base'), ...images])).toBe('1.0.0 production')
  })

  test('else the last stage, and the newer of the two where versions have one each', () => {
    expect(choose([pushed('1', 'base'), pushed('1', 'default')])).toBe('1 default')
    expect(choose([pushed('2', 'default'), pushed('1', 'production')])).toBe('2 default')
    expect(choose([pushed('2', 'default'), pushed('2', 'production')])).toBe('2 production')
  })

  test('of others the only one is taken, and of several none unasked', () => {
    expect(choose([pushed('1.0.0', 'web')], version('1.0.0'))).toBe('1.0.0 web')
    const images = [pushed('1.0.0', 'web'), pushed('1.0.0', 'api'), built('1.0.0', 'tests')]
    const refused = choose(images, version('1.0.0'))
    expect(refused).toMatch(/^ambiguous-target: 1\.0\.0 of shop could be api or web, and none /)
    expect(refused).toContain('`stevedore deploy shop staging --version=1.0.0 --target=api`')
    expect(choose([pushed('2', 'web'), pushed('1', 'api')])).toContain('`stevedore deploy shop staging --target=api`')
    expect(choose(images, { request: { version: '1.0.0', target: 'web' } })).toBe('1.0.0 web')
  })

  test('the default that was built and not pushed gives no other target its place', () => {
    const images = [pushed('1.0.0', 'base'), built('1.0.0', 'production')]
    expect(choose(images, version('1.0.0'))).toMatch(/^no-such-image: 1\.0\.0 of target production was built but not /)
  })
})

describe('a spec that names its targets', () => {
  const spec = { build: { targets: ['base', 'production'] } }

  test('its default is meant and no other, whatever else is there', () => {
    const images = [pushed('1.1.0', 'base'), pushed('1.0.0', 'production')]
    expect(choose(images, { spec })).toBe('1.0.0 production')
    expect(choose(images, { spec: { build: { default: 'base' } } })).toBe('1.1.0 base')
    const refused = choose(images, { spec, ...version('1.1.0') })
    expect(refused).toMatch(/^no-such-image: 1\.1\.0 of shop, target production, was not built: /)
    expect(refused).toContain('`stevedore build shop production --version=1.1.0 --push`')
    expect(refused).toContain('it was built to base: `--target=base`')
  })
})

describe('an image that was not pushed', () => {
  test('needs the push that was forgotten', () => {
    const refused = choose([built('1.0.0', 'production')], version('1.0.0'))
    expect(refused).toContain('`stevedore push shop 1.0.0`, or build it again with --push')
  })

  test('runs by its id where it was built, if it has no registry', () => {
    const images = [kept('1.1.0', 'production'), pushed('1.0.0', 'production')]
    expect(choose(images, { spec: { image: {} } })).toBe('1.1.0 production')
    const only = chooseImage({
      request: { kind: 'deploy', app: 'shop', environment: 'staging' },
      spec: appSpec.parse({ app: 'shop' }),
      settings: environmentSpec.parse(docker),
      images,
    })
    expect(only.image).toBe(imageId)
  })

  test.each([
    [{ engine: 'kubernetes', namespace: 'shop' }, 'a cluster'],
    [{ engine: 'docker', hosts: ['web-1'] }, 'other hosts'],
  ])('cannot get to %j without a registry, and how to have one is said', (settings, where) => {
    const refused = choose([kept('1.0.0', 'default')], { settings })
    expect(refused).toMatch(
      /^no-registry: 1\.0\.0 of target default was built without a registry, and staging runs on /,
    )
    expect(refused).toContain(where)
    expect(refused).toContain('`docker run -d -p 5000:5000 registry:3`')
    expect(choose([kept('1.1.0', 'default'), pushed('1.0.0', 'default')], { settings })).toBe('1.0.0 default')
  })
})

test('what a pull request built runs only by its name, and not at all when it is a fork’s', () => {
  const own: ImageFacts = { ...kept('pr-1', 'default'), pullRequest: 'own' }
  const fork: ImageFacts = { ...kept('pr-2', 'default'), pullRequest: 'fork' }
  expect(choose([fork, own, kept('1.0.0', 'default')])).toBe('1.0.0 default')
  expect(choose([own])).toMatch(/^policy-violation: .*--version=pr-1/)
  expect(choose([own], version('pr-1'))).toBe('pr-1 default')
  expect(choose([fork], version('pr-2'))).toMatch(/^policy-violation: .*fork/)
})

test('what was never built says how to build it', () => {
  expect(choose([], version('1.0.0'))).toContain('`stevedore build shop --version=1.0.0 --push`')
  expect(choose([], { spec: { image: {} } })).toContain('`stevedore build shop`')
})
