import { clusterRights } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { judgeRights } from './check-cluster.ts'

const all = clusterRights.map(({ group, resource, verbs }) => ({
  ...{ apiGroups: [group], resources: [resource], verbs: [...verbs] },
}))

test('each right that is lacking is named, and a fault where every deploy needs it', () => {
  expect(judgeRights(all, 'shop')).toMatchObject([{ state: 'good' }])
  const rules = all.filter(({ resources: [one] }) => one !== 'pods/log' && one !== 'persistentvolumeclaims')
  expect(judgeRights(rules, 'shop')).toMatchObject([
    { state: 'bad', found: 'lacking in shop: get pods/log', remedy: expect.stringContaining('role.yaml') },
    { state: 'missing', found: expect.stringContaining('(for volumes): get persistentvolumeclaims, list') },
  ])
})

test('a rule for all covers each, one for named objects none', () => {
  const rule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
  expect(judgeRights([rule], 'shop')).toMatchObject([{ state: 'good' }])
  expect(judgeRights([{ ...rule, resourceNames: ['one'] }], 'shop')).toContainEqual(
    expect.objectContaining({ state: 'bad' }),
  )
})
