import type { JobKind } from '@stevedore/contract'
import { FailureError, jobKinds } from '@stevedore/contract'
import type { WorkerRecord } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import type { Engines } from '../engines.ts'
import { chooseKinds } from './choose-kinds.ts'
import { openSites } from './sites.ts'

const never = new AbortController().signal

/** A worker that builds on `docker` and deploys to that and to others. @param silent these sites fail a ping */
function openWorker(silent: Set<string>) {
  const open = (name: string) => ({
    name,
    ping: async () => {
      if (silent.has(name)) throw new FailureError('engine-unreachable', { diagnosis: 'ECONNREFUSED' })
    },
  })
  const deploy = (...names: string[]) => ({ listSites: () => names.map(open) })
  const engines = {
    images: { site: open('docker') },
    deploy: { docker: deploy('docker', 'docker host east'), kubernetes: deploy('kubernetes') },
  } as unknown as Engines
  return { engines, sites: openSites(engines, jobKinds) }
}

const other = (more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  id: 'other',
  version: '0.1.0',
  concurrency: 4,
  kinds: [...jobKinds],
  sites: ['docker', 'docker host east', 'kubernetes'],
  away: [],
  startedAt: new Date(),
  seenAt: new Date(),
  ...more,
})

const absent = (...sites: string[]) => sites.map((site) => ({ site, since: new Date(), reason: '' }))
const all = ['docker', 'docker host east', 'kubernetes']

test.each<[string, string[], WorkerRecord[], readonly JobKind[]]>([
  ['all is there', [], [other()], jobKinds],
  ['it cannot build and another can', ['docker'], [other()], ['deploy', 'rollback', 'run']],
  ['nobody else lives', ['docker'], [], jobKinds],
  ['the other lacks the same', ['docker'], [other({ away: absent('docker') })], jobKinds],
  [
    'the other takes no builds',
    ['docker'],
    [other({ kinds: ['push', 'deploy'] })],
    ['build', 'deploy', 'rollback', 'run'],
  ],
  ['one place of several is away', ['docker host east'], [other()], jobKinds],
  ['all are away and another can do some', all, [other({ away: absent('docker host east') })], []],
  ['all are away, for the other as well', all, [other({ away: absent(...all) })], jobKinds],
])('takes what it can do, or nobody: %s', async (_name, silent, others, kinds) => {
  const { engines, sites } = openWorker(new Set(silent))
  await sites.ask(never)
  sites.noteOthers(others)
  expect(chooseKinds(jobKinds, engines, sites)).toEqual(kinds)
})

test('a site is away from its first refusal on, and back with its first answer; it is asked again at once where something was doubted', async () => {
  const silent = new Set<string>()
  const { sites } = openWorker(silent)
  expect(await sites.ask(never)).toEqual({ returned: [], left: [] })
  silent.add('kubernetes')
  expect(await sites.ask(never)).toEqual({ returned: [], left: [] })
  sites.doubt()
  expect(await sites.ask(never)).toEqual({ returned: [], left: ['kubernetes'] })
  const [away] = sites.listAway()
  expect(away).toMatchObject({ site: 'kubernetes', reason: 'ECONNREFUSED' })
  expect(await sites.ask(never)).toEqual({ returned: [], left: [] })
  expect(sites.listAway()[0]?.since).toBe(away?.since)
  silent.clear()
  expect(await sites.ask(never)).toEqual({ returned: ['kubernetes'], left: [] })
})
