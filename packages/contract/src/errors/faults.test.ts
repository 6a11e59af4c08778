import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { appSpec } from '../app-spec/app-spec.ts'
import { environmentSpec } from '../app-spec/environment.ts'
import { jobRequest } from '../jobs/request.ts'
import { listFaults, problemOfFaults } from './faults.ts'

const image = { registry: 'registry.example.com', name: 'acme/shop' }

function refuse(environment: object) {
  const spec = { app: 'shop', image, environments: { staging: { engine: 'docker', ...environment } } }
  const faults = listFaults(appSpec.safeParse(spec).error!)
  return { problem: problemOfFaults(faults), paths: faults.map((fault) => fault.path.join('.')) }
}

test('keys that would give an app power over its host are a policy violation, each at its path', () => {
  expect(refuse({ privileged: true, hostNetwork: true, binds: [] })).toEqual({
    problem: 'policy-violation',
    paths: ['environments.staging.privileged', 'environments.staging.hostNetwork', 'environments.staging.binds'],
  })
})

test('any other unknown key is a failed validation, also beside a powerful one', () => {
  expect(refuse({ replica: 2 }).problem).toBe('validation-failed')
  expect(refuse({ replica: 2, privileged: true }).problem).toBe('validation-failed')
})

test('what is wrong with a name in a record is told with its own code', () => {
  const spec = { app: 'shop', image, build: { args: { NPM_TOKEN: 'x' } } }
  const faults = listFaults(appSpec.safeParse(spec).error!)
  expect(faults).toMatchObject([{ path: ['build', 'args', 'NPM_TOKEN'], code: 'use-build-secret' }])
})

/** Each fault of a value as `path: message`. */
function tell(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value)
  return error ? listFaults(error).map(({ path, message }) => `${path.join('.')}: ${message}`) : []
}

describe('what a person is told', () => {
  const spec = (environments: object, more: object = {}) => ({ app: 'shop', image, environments, ...more })

  test('is what is missing, and what a value must be instead', () => {
    const given = {
      replicas: '2',
      containerPort: 1.5,
      env: [],
      secrets: null,
      timeout: 'soon',
      allowRoot: 1,
      writablePaths: 'x',
    }
    expect(tell(appSpec, { image: { name: '' }, environments: { staging: { engine: 'docker', ...given } } })).toEqual([
      'app: is missing',
      'image.name: must be a repository path in lower case',
      'environments.staging.replicas: must be a number, not text',
      'environments.staging.containerPort: must be a whole number',
      'environments.staging.env: must be a map of keys, not a list',
      'environments.staging.secrets: must be a list, not nothing',
      'environments.staging.allowRoot: must be true or false, not a number',
      'environments.staging.writablePaths: must be a list, not text',
      'environments.staging.timeout: must be a number and a unit: 500ms, 30s, 10m, 2h, 30d',
    ])
  })

  test('is the key, the choice or the name that was probably meant', () => {
    const environments = { staging: { engine: 'dokcer', replica: 2, strategy: 'canry', approval: 'require' } }
    const triggers = [{ on: 'push', do: ['deploy stagign'] }]
    expect(tell(appSpec, spec(environments, { triggers, enviroments: {} })).sort()).toEqual(
      [
        'environments.staging.approval: must be required or none, did you mean required?',
        'environments.staging.engine: must be docker or kubernetes, did you mean docker?',
        'environments.staging.replica: is not a known key, did you mean replicas?',
        'environments.staging.strategy: must be rolling, blue-green, canary, recreate, or a map with one of them as type, did you mean canary?',
        'enviroments: is not a known key, did you mean environments?',
        'triggers.0.do.0: no environment named stagign, did you mean staging?',
      ].sort(),
    )
  })

  test('is all that is wrong, also where the kind is missing', () => {
    expect(tell(appSpec, spec({ staging: { replicas: 0, helth: {} }, production: { namespace: 'UP' } }))).toEqual([
      'environments.staging.engine: is missing: docker or kubernetes',
      'environments.staging.replicas: must be at least 1',
      'environments.staging.helth: is not a known key, did you mean health?',
      'environments.production.engine: is missing: docker or kubernetes',
      'environments.production.namespace: must be a DNS label of at most 63 characters',
    ])
    const triggers = [{ do: ['deploy'] }, { on: 'psuh', branche: 'main', do: [] }]
    expect(tell(appSpec, spec({}, { triggers }))).toEqual([
      'triggers.0.on: is missing: push, tag or pull_request',
      'triggers.0.do.0: must be build [TARGET], push, or deploy ENVIRONMENT',
      'triggers.1.on: must be push, tag or pull_request, did you mean push?',
      'triggers.1.do: must not be empty',
      'triggers.1.branche: is not a known key, did you mean branch?',
    ])
    const strategy = { steps: [{ setWeigth: 10 }] }
    expect(tell(appSpec, spec({ staging: { engine: 'docker', strategy } }))).toEqual([
      'environments.staging.strategy.type: is missing: rolling, blue-green, canary or recreate',
      'environments.staging.strategy.steps.0.setWeight: is missing',
      'environments.staging.strategy.steps.0.setWeigth: is not a known key, did you mean setWeight?',
    ])
    expect(tell(jobRequest, { app: 'UP', targte: 'x' })).toEqual([
      'kind: is missing: build, push, deploy or rollback',
      expect.stringContaining('app: must be lower-case letters'),
      expect.stringContaining('targte: is not a known key'),
    ])
  })

  test('holds no word of the library that finds it', () => {
    const values = [undefined, null, '', 'x', 0, -1, 1.5, true, [], {}, [{}], { a: 1 }, 'x'.repeat(3_000)]
    const keys = Object.keys(appSpec.shape)
    const broken = values.flatMap((value) => [value, ...keys.map((key) => ({ [key]: value }))])
    const deep = values.flatMap((value) =>
      environmentKeys.map((key) => spec({ e: { engine: 'kubernetes', [key]: value } })),
    )
    const told = [...broken, ...deep].flatMap((value) => tell(appSpec, value))
    expect(told.length).toBeGreaterThan(500)
    expect(
      told.filter((text) => /invalid|expected|received|undefined|null|\bint\b|NaN|union|option/i.test(text)),
    ).toEqual([])
  })
})

const environmentKeys = environmentSpec.out.options.flatMap((option) => Object.keys(option.shape))
