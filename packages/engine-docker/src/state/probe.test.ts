import { environmentSpec, type FromImage } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { buildContainerSpec, dockerSettings } from '../spec/container.ts'
import { readCheck } from '../spec/labels.ts'
import { describeOwnProbe } from './probe.ts'

const settingsOf = (own: object = {}, fromImage?: FromImage) =>
  dockerSettings({ settings: { ...environmentSpec.parse({ engine: 'docker', ...own }), fromImage } })
const checkOf = (settings: ReturnType<typeof settingsOf>) => {
  const names = { app: 'shop', environment: 'staging', version: '1', image: 'shop', changeCause: '' }
  const release = { ...names, settings, revision: 1, secrets: {}, credential: undefined }
  const { Labels } = buildContainerSpec(release, { part: 1, jobId: 'job', network: 'stevedore', appLimits: {} })
  return readCheck(Labels?.['io.stevedore.check'])
}
const plain = settingsOf()
const byPath = settingsOf({ health: { path: '/health' } })
const byCommand = settingsOf({ health: { command: ['ask'], timeout: '9s' } })
const byImage = settingsOf({}, { health: { command: ['image-asks'] } })

test.each([
  ['by the command of its own image', byImage, plain, { path: undefined, command: ['image-asks'] }],
  ['by nothing where only the newer image asks', plain, byImage, { path: undefined, command: undefined }],
  ['by its path', byPath, byCommand, { path: '/health', command: undefined }],
  ['by its command, in its time', byCommand, byPath, { path: undefined, command: ['ask'], timeoutMs: 9_000 }],
])('an older replica is asked %s, whatever the newer one is asked', (_, older, newer, probe) => {
  expect(describeOwnProbe(newer, checkOf(older))).toMatchObject(probe)
})

test('one that does not say how is asked as the settings say, not as a newer image does', () => {
  const { command: _, ...check } = checkOf(plain)
  expect(describeOwnProbe(byCommand, check).command).toEqual(['ask'])
  expect(describeOwnProbe(byImage, check).command).toBeUndefined()
  expect(describeOwnProbe(byCommand, { ...check, path: '/health' }).command).toBeUndefined()
})
