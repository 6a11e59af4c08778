import { defaultStrategy, environmentSpec, type RecordedService, type RolloutInput } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { enterLine, type LineMember } from './line.ts'
import { nameAction } from './rollout/action.ts'
import { planAbort, planRollout } from './rollout/plan.ts'
import { listDifferences, noteServices } from './service-changes.ts'

const image = `postgres:18@sha256:${'a'.repeat(64)}`
const settingsOf = (services: object) => environmentSpec.parse({ engine: 'docker', services })
const declare = (more: object = {}) => settingsOf({ db: { image, ...more } }).services!.db!

test('what a companion took from its image is no change, and each field that differs is named', () => {
  const differ = (settings: RecordedService, declared = declare(), changedSecrets: string[] = []) =>
    listDifferences({ settings, changedSecrets }, declared)
  expect(differ({ ...declare(), fromImage: { user: 999 } })).toEqual([])
  expect(differ(declare(), declare(), ['PASSWORD'])).toEqual(['secrets.PASSWORD'])
  const changed = declare({ env: { A: '1' }, port: 5432, health: { deadline: '5m' } })
  expect(differ(declare(), changed)).toEqual(['env', 'health', 'port'])
  expect(differ(changed)).toEqual(['env', 'health', 'port'])
  expect(differ(declare(), declare({ backup: { command: ['dump'] } }))).toEqual([])
})

test('a deploy makes what is not there, and says what it leaves', () => {
  const place = { app: 'shop', environment: 'main', settings: settingsOf({ db: { image, port: 1 }, cache: { image } }) }
  const known = ['db', 'old'].map((name) => ({ name, settings: declare(), changedSecrets: [] }))
  expect(noteServices(place, known)).toEqual([
    `makes the companion cache of ${image}`,
    'leaves the companion db as it is, which differs in port from the spec: change it by `stevedore service update shop main db`',
    'leaves the companion old as it is, which the new settings do not name',
  ])
  const settings = settingsOf({ db: { image, port: 1, backup: { command: ['dump'] } } })
  expect(noteServices({ ...place, settings }, known)[0]).toMatch(
    /service update shop main db`, which runs its backup first$/,
  )
})

test('companions come before the migration and before anything is stopped; the way back leaves them', () => {
  const input: Omit<RolloutInput, 'strategy'> = {
    stable: { revision: 1, replicas: 1 },
    next: { revision: 2, replicas: 1 },
    settings: { migrate: { command: ['migrate'], timeout: '1m' } },
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    services: true,
  }
  for (const type of ['rolling', 'recreate'] as const) {
    const strategy = defaultStrategy(type)
    const names = planRollout({ ...input, strategy }).map(nameAction)
    expect(names.slice(0, 2)).toEqual(['prepare', 'services'])
    expect(planAbort({ ...input, strategy }).map(nameAction)).not.toContain('services')
  }
})

test('a change of a companion gives way to no deploy and to no rollback', () => {
  const change = (active: boolean): LineMember => ({
    ...{ id: 'a', kind: 'deploy', active, delivery: null, service: true },
    ...(active ? { state: 'running', waitingFor: null } : { state: 'waiting', waitingFor: 'environment' }),
  })
  for (const kind of ['deploy', 'rollback'] as const)
    for (const active of [true, false])
      expect(enterLine([change(active)], { kind, approval: false, queue: 'latest' })).toMatchObject({
        supersedes: [],
        aborts: undefined,
        takes: false,
      })
})
