import { expect, test } from 'vitest'
import { z } from 'zod'
import { appSpec } from './app-spec/app-spec.ts'
import { resolvedJob } from './jobs/resolved.ts'
import { readStored, shapeOf } from './stored.ts'

const shape = shapeOf(appSpec)

const spec = appSpec.parse({
  app: 'shop',
  image: { registry: 'ghcr.io', name: 'acme/shop' },
  environments: {
    staging: { engine: 'docker', strategy: 'canary', writablePaths: ['/tmp'] },
    production: {
      engine: 'kubernetes',
      namespace: 'shop',
      strategy: { type: 'canary', steps: [{ setWeight: 10 }, { pause: {} }], analysis: { proxy: {} } },
    },
  },
  triggers: [{ on: 'push', branch: 'main', do: ['build', 'deploy staging'] }],
})

test('a document reads as it was stored', () => {
  expect(readStored('app_specs.spec', shape, structuredClone(spec))).toEqual(spec)
})

test('one that was taken under older rules stays readable', () => {
  const stored = JSON.parse(JSON.stringify(spec))
  stored.app = 'Not-a-name-any-more'
  stored.environments.staging.replicas = 1_000_000
  stored.environments.staging.user = 0
  stored.environments.production.strategy.steps = [{ setWeight: 50 }, { setWeight: 10 }]
  stored.triggers[0].do = ['deploy gone']
  expect(appSpec.safeParse(stored).success).toBe(false)
  expect(readStored('app_specs.spec', shape, stored)).toEqual(stored)
})

test('what was added since is filled in', () => {
  const stored = JSON.parse(JSON.stringify(spec))
  delete stored.environments.staging.drain
  delete stored.retain
  expect(readStored('app_specs.spec', shape, stored)).toEqual(spec)
})

test('what this version cannot understand is refused by name, and nothing of its values is quoted', () => {
  const newer = { ...spec, sidecars: ['s3cret'] }
  expect(() => readStored('app_specs.spec', shape, newer)).toThrow(
    /^app_specs\.spec was written by another version and cannot be read: .*sidecars/,
  )
  const wrong = { ...spec, app: { name: 's3cret' } }
  expect(() => readStored('app_specs.spec', shape, wrong)).toThrow(/app: /)
  expect(() => readStored('app_specs.spec', shape, wrong)).not.toThrow(/s3cret/)
})

test('of a document that may have several forms the closest one tells what is wrong', () => {
  const job = { kind: 'deploy', image: 'i', version: '1', target: null, dryRun: false, strategy: null, byPerson: true }
  const read = (stored: object) => () => readStored('jobs.payload', shapeOf(resolvedJob), stored)
  expect(read(job)()).toEqual(job)
  expect(read({ ...job, sbom: 's3cret' })).toThrow(/^jobs\.payload .*: \(root\): has keys that are not known: sbom$/)
  expect(read({ ...job, target: { name: 's3cret' } })).toThrow(/: target: /)
})

test('formats are rules as well', () => {
  const dated = z.object({ at: z.iso.datetime(), id: z.uuid().nullable(), url: z.url().default('none') })
  expect(shapeOf(dated).parse({ at: 'once', id: 'x' })).toEqual({ at: 'once', id: 'x', url: 'none' })
})
