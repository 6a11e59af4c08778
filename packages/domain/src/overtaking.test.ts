import { expect, test } from 'vitest'
import { chooseNext, type LineMember } from './line.ts'
import { explainOvertaking, findOvertaken, findOvertaker } from './overtaking.ts'

const member = (id: string, delivery: number | null, extra: Partial<LineMember> = {}): LineMember => ({
  ...{ id, delivery, kind: 'deploy', state: 'waiting', waitingFor: 'environment', active: false },
  ...extra,
})
const running = { state: 'running', waitingFor: null, active: true } as const
const push = (delivery: number | null, queue: 'latest' | 'all' = 'latest') =>
  ({ kind: 'deploy', delivery, queue }) as const

test.each([
  ['a later push is deployed', push(1), [], { id: 'd', delivery: 2 }, { id: 'd', how: 'deployed' }],
  ['the same, where all are kept', push(1, 'all'), [], { id: 'd', delivery: 2 }, { id: 'd', how: 'deployed' }],
  ['a later push waits', push(1), [member('b', 2)], undefined, { id: 'b', how: 'ahead' }],
  ['a later push waits for approval', push(1), [member('b', 2, { waitingFor: 'approval' })], undefined, { id: 'b' }],
])('too late: %s', (_what, job, line, deployed, overtaker) => {
  expect(findOvertaker(line, job, deployed)).toMatchObject(overtaker)
})

test.each([
  ['an earlier push is deployed', push(2), [member('a', 1)], { id: 'd', delivery: 1 }],
  ['it is the same push', push(2), [member('a', 2)], { id: 'd', delivery: 2 }],
  ['a later push is in line, and all are kept', push(1, 'all'), [member('b', 2, running)], undefined],
  ['a later push runs, and may fail', push(1), [member('b', 2, running)], undefined],
  ['a person’s deploy is in line', push(1), [member('h', null)], undefined],
  ['a rollback of a later push is in line', push(1), [member('r', 2, { kind: 'rollback' })], undefined],
  ['a person asks for it', push(null), [member('b', 2)], { id: 'd', delivery: 2 }],
])('not too late: %s', (_what, job, line, deployed) => {
  expect(findOvertaker(line, job, deployed)).toBeUndefined()
})

test('a push that is deployed leaves those before it nothing to do, and no person’s', () => {
  const line = [member('a', 1, { waitingFor: 'approval' }), member('h', null), member('c', 3), member('b', 2)]
  expect(findOvertaken(line, member('x', 3, running))).toEqual(['a', 'b'])
  expect(findOvertaken(line, member('x', null, running))).toEqual([])
  expect(findOvertaken(line, member('x', 3, { ...running, kind: 'rollback' }))).toEqual([])
})

test('pushes that wait go in their order, whichever of them came first into the line', () => {
  const line = [member('b', 2), member('h', null), member('a', 1)]
  const order = [1, 2, 3].map(() => {
    const next = chooseNext(line)
    const at = line.findIndex(({ id }) => id === next)
    return line.splice(at, 1)[0]?.id
  })
  expect(order).toEqual(['a', 'b', 'h'])
})

test('it is said which push, and which job', () => {
  const event = { on: 'push', branch: 'main', commit: '0123456789abcdef0123456789abcdef01234567' } as const
  expect(explainOvertaking({ id: 'x', how: 'deployed' }, event)).toBe(
    'a later push, refs/heads/main at 0123456789ab, is deployed already by job x; a person can still deploy this version',
  )
  expect(explainOvertaking({ id: 'x', how: 'ahead' }, undefined)).toBe('a later push waits already as job x')
})
