import { expect, test } from 'vitest'
import { buildPodLabels } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { buildNetworkPolicy } from './network-policy.ts'

const build = (networkPolicy: object) => {
  return buildNetworkPolicy(exampleRelease({ networkPolicy }))
}
const podsOf = (app: string) => ({
  podSelector: { matchLabels: { 'app.kubernetes.io/managed-by': 'stevedore', 'app.kubernetes.io/name': app } },
})

test('a policy is of one revision, and selects what runs of it', () => {
  const { metadata, spec } = build({ from: [] })
  expect(metadata).toMatchObject({ name: 'shop-r3', namespace: 'shops', labels: { 'stevedore.io/revision': '3' } })
  const labels = buildPodLabels(exampleRelease({ networkPolicy: { from: [] } }), 'main')
  expect(labels).toMatchObject(spec.podSelector!.matchLabels!)
  expect(buildPodLabels(exampleRelease(), 'main')).not.toHaveProperty('stevedore.io/network')
})

test('what is not said stays as open as it is', () => {
  expect(build({ from: [] }).spec).toMatchObject({ policyTypes: ['Ingress'], ingress: [{ from: [podsOf('shop')] }] })
  expect(build({ from: [] }).spec).not.toHaveProperty('egress')
  expect(build({ to: [] }).spec.policyTypes).toEqual(['Egress'])
})

test('who may come in beside the app itself', () => {
  const from = [{ app: 'front', namespace: 'web' }, { namespace: 'ingress-nginx' }, { cidr: '10.0.0.0/8' }]
  expect(build({ from }).spec.ingress).toEqual([
    {
      from: [
        podsOf('shop'),
        { ...podsOf('front'), namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } },
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
        { ipBlock: { cidr: '10.0.0.0/8' } },
      ],
    },
  ])
})

test('where it may go beside names and itself, never to the metadata of a cloud', () => {
  const to = [
    { app: 'db', ports: [5432] },
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '169.254.0.0/16'] },
    { cidr: '::/0' },
    { cidr: '192.0.2.0/24' },
  ]
  expect(build({ to }).spec.egress).toEqual([
    {
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
    { to: [podsOf('shop')] },
    { to: [podsOf('db')], ports: [{ protocol: 'TCP', port: 5432 }] },
    { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32'] } }] },
    { to: [{ ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'] } }] },
    { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
  ])
})
