import { expect, test } from 'vitest'
import { ApiError } from '../client/api-error.ts'
import { classifyRefusal, readLackingRight, translateError } from './translate.ts'

test.for([
  [
    'deployments.apps "a" is forbidden: User "u" cannot patch resource "deployments" in API group "apps" in the namespace "n"',
    'patch deployments.apps',
  ],
  ['pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "n"', 'list pods'],
  [
    'pods "p" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "n"',
    'get pods/log',
  ],
  ['deployments.apps "a" is forbidden: ', 'create deployments.apps'],
  ['pods "p" is forbidden: exceeded quota: small, requested: pods=1', undefined],
] as const)('%s lacks %s', ([message, right]) => {
  expect(readLackingRight(message)).toBe(right)
})

test.for([
  ['pods "p" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1', 'quota-exceeded'],
  ['pods "p" is forbidden: failed quota: q: must specify limits.memory', 'quota-exceeded'],
  ['pods "p" is forbidden: maximum memory usage per Container is 16Mi, but limit is 64Mi', 'admission-denied'],
  ['pods "p" is forbidden: violates PodSecurity "restricted:latest"', 'admission-denied'],
  ['admission webhook "policy.test" denied the request: no latest', 'admission-denied'],
  ['pods "p" is forbidden: error looking up service account n/shop: serviceaccount "shop" not found', 'config-missing'],
] as const)('%s is %s', ([message, code]) => {
  expect(classifyRefusal(message)).toBe(code)
})

test.for([
  [0, 'cluster-unreachable'],
  [401, 'forbidden-by-cluster'],
  [404, 'config-missing'],
  [422, 'admission-denied'],
  [429, 'cluster-unreachable'],
  [503, 'cluster-unreachable'],
  [405, 'internal'],
] as const)('an answer of %i is %s', ([status, code]) => {
  expect(translateError(new ApiError(status, { message: 'x' }))).toMatchObject({ code })
})

test('a conflict names each field and its owner', () => {
  const causes = [
    { reason: 'FieldManagerConflict', message: 'conflict with "helm" using apps/v1', field: '.spec.replicas' },
    { reason: 'FieldManagerConflict', message: 'conflict with "argocd-controller"', field: '.spec.paused' },
  ]
  expect(translateError(new ApiError(409, { message: 'x', details: { causes } }))).toMatchObject({
    code: 'field-conflict',
    diagnosis: 'spec.replicas belongs to helm\nspec.paused belongs to argocd-controller\nforce: true takes them over',
  })
})

test('what is not the cluster’s is left as it is', () => {
  const fence = new Error('stale fence')
  expect(translateError(fence)).toBe(fence)
})
