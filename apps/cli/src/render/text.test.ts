import { expect, test } from 'vitest'
import { makeJob } from '../testing/stub-api.ts'
import { describeChanges } from './describe-changes.ts'
import { describeFailure, describeState, nameJob } from './describe-job.ts'
import { clip } from './style.ts'
import { formatTable } from './table.ts'
import { formatBytes, formatDuration } from './time.ts'
import { plain } from './visible.ts'

test('clip counts letters, not code units', () => {
  expect(clip('🚢🚢🚢', 3)).toBe('🚢🚢🚢')
  expect(clip('🚢🚢🚢', 2)).toBe('🚢…')
})

test('durations and sizes', () => {
  expect([400, 12_000, 185_000, 7_800_000, 273_600_000].map(formatDuration)).toEqual([
    '0.4 s',
    '12 s',
    '3 m 5 s',
    '2 h 10 m',
    '3 d 4 h',
  ])
  expect([999, 12_400_000, 1_500_000_000].map(formatBytes)).toEqual(['999 B', '12.4 MB', '1.5 GB'])
})

test('a table is as wide as its widest cell and has no blanks at the end', () => {
  expect(
    plain(
      formatTable(
        ['A', 'B'],
        [
          ['long cell', 'x'],
          ['y', ''],
        ],
      ),
    ),
  ).toBe('A          B\nlong cell  x\ny')
})

test('jobs are named by what they do', () => {
  expect(nameJob(makeJob())).toBe('deploy shop to staging, version 1.2.0')
  expect(nameJob(makeJob({ targets: ['production'] }))).toBe('deploy shop to staging, target production, version 1.2.0')
  const build = makeJob({
    kind: 'build',
    environment: null,
    request: { kind: 'build', app: 'shop', target: 'all', ref: 'main' },
  })
  expect(nameJob(build)).toBe('build shop, target all, ref main')
  const target = { app: 'shop', environment: 'staging' }
  const rollback = makeJob({ kind: 'rollback', request: { kind: 'rollback', ...target, toRevision: 3 } })
  expect(nameJob(rollback)).toBe('roll back shop in staging, to revision 3')
  expect(nameJob(makeJob({ request: { kind: 'deploy', ...target, remove: true } }))).toBe('remove shop from staging')
  const restart = { kind: 'deploy', ...target, restart: true } as const
  expect(nameJob(makeJob({ request: restart }))).toBe('restart shop in staging')
  expect(nameJob(makeJob({ request: { ...restart, process: 'worker' } }))).toBe(
    'restart shop in staging, process worker',
  )
  const scale = { worker: 4, web: 3 }
  expect(nameJob(makeJob({ request: { kind: 'deploy', ...target, scale } }))).toBe(
    'scale shop in staging, worker=4 web=3',
  )
})

test('a job in line says how many are before it', () => {
  expect(describeState(makeJob({ state: 'waiting', waitingFor: 'environment', place: 2 }))).toBe(
    'waits in line, 2 before it',
  )
})

test('a failure comes with what was seen and what to do', () => {
  const text = describeFailure({
    code: 'container-crashed',
    message: 'The container exited',
    diagnosis: 'exit code 3\nno settings\n',
    remedy: 'Read its last lines.',
  })
  expect(text).toBe(
    'container-crashed: The container exited\n  exit code 3\n  no settings\nWhat to do: Read its last lines.',
  )
})

test('changes of a dry run', () => {
  const changes = [
    { action: 'create' as const, object: 'container shop-2-1', fields: [{ field: 'image', to: 'b' }] },
    {
      action: 'update' as const,
      object: 'route',
      fields: [
        { field: 'r1', from: '100', to: '0' },
        { field: 'env.X', from: '1' },
      ],
    },
  ]
  expect(describeChanges(changes)).toBe(
    '+ create container shop-2-1\n    image: b\n~ update route\n    r1: 100 -> 0\n    env.X: 1 (removed)',
  )
  expect(describeChanges([])).toBe('Nothing would change.')
})
