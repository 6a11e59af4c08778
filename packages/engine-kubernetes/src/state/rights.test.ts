import { readFileSync } from 'node:fs'
import { loadYaml } from '@kubernetes/client-node'
import { clusterRights } from '@stevedore/contract'
import { expect, test } from 'vitest'

interface Role {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[]
}

test('the shipped Role grants what a deploy checks for, verb by verb, and nothing else', () => {
  const role = loadYaml(
    readFileSync(new URL('../../../../k8s/rbac/role.yaml', import.meta.url), 'utf8'),
  ) as unknown as Role
  const granted = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.map((resource) => ({ group, resource, verbs }))),
  )
  const needed = clusterRights.map(({ group, resource, verbs }) => ({ group, resource, verbs }))
  const byName = (a: { resource: string }, b: { resource: string }) => (a.resource < b.resource ? -1 : 1)
  expect(granted.sort(byName)).toEqual(needed.sort(byName))
})
