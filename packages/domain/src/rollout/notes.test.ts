import { applyScale, environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { noteRollout, noteScale } from './notes.ts'

const settings = (more: object) => environmentSpec.parse({ engine: 'docker', ...more })
const volumes = { data: { path: '/data' } }

test('a dry run says that what runs is stopped first, where anything runs', () => {
  const serving = { number: 4, settings: settings({ volumes }) }
  expect(noteRollout(settings({ volumes }), serving)).toEqual([
    expect.stringMatching(/^stops the old before.*revision 4/),
  ])
  expect(noteRollout(settings({ volumes }), undefined)).toEqual([])
  expect(noteRollout(settings({}), { number: 4, settings: settings({}) })).toEqual([])
})

test('a volume pins its process to a host, and is left where the settings name it no more', () => {
  expect(noteRollout(settings({ volumes, hosts: ['east', 'west'] }), undefined)).toEqual([
    expect.stringContaining('one of east, west'),
  ])
  expect(noteRollout(settings({ hosts: ['east', 'west'] }), undefined)).toEqual([])
  expect(noteRollout(settings({}), { number: 1, settings: settings({ volumes }) })).toEqual([
    expect.stringContaining('leaves the volume data'),
  ])
})

test('processes follow web, and end where the settings name them no more', () => {
  const processes = { queue: { command: ['queue'] }, worker: { command: ['work'] } }
  expect(noteRollout(settings({ processes }), undefined)).toEqual([expect.stringContaining('(queue, worker)')])
  expect(noteRollout(settings({}), { number: 1, settings: settings({ processes }) })).toEqual([
    expect.stringContaining('ends the process queue'),
    expect.stringContaining('ends the process worker'),
  ])
})

test('a scale that was asked for ends with a deploy, as far as the spec says otherwise', () => {
  const processes = { worker: { command: ['work'], replicas: 2 }, mailer: { command: ['mail'] } }
  const scale = { web: 3, worker: 2, mailer: 0, constructor: 4 }
  const serving = { number: 4, settings: applyScale(settings({ processes }), scale), scale }
  expect(noteScale(settings({ processes }), serving)).toEqual([
    'ends the scale that was asked for: web from 3 to 1, mailer from 0 to 1 replicas, as the spec says',
  ])
  expect(noteScale(settings({ processes, replicas: 3 }), { ...serving, scale: { web: 3 } })).toEqual([])
  expect(noteScale(settings({}), { ...serving, scale: null })).toEqual([])
  expect(noteScale(settings({}), undefined)).toEqual([])
})

test('one of a Deployment of manifests ends as they say', () => {
  const brought = environmentSpec.parse({ engine: 'kubernetes', namespace: 'apps', manifests: 'k8s' })
  const scale = { web: 3, 'shop-worker': 4 }
  const serving = { number: 4, settings: applyScale(brought, scale), scale }
  expect(noteScale(brought, serving)).toEqual([
    'ends the scale that was asked for: web from 3 to 1 replicas, as the spec says',
    'ends the scale that was asked for: shop-worker=4 no longer, but as the manifests say',
  ])
})
