import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { buildPodLabels } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { listTargets } from './links.ts'
import { buildNetworkPolicy } from './network-policy.ts'
import { buildProcess } from './processes.ts'

const end = (app: string, settings: object = {}, environment = 'production') => {
  return {
    app,
    environment,
    settings: environmentSpec.parse({ engine: 'kubernetes', namespace: 'others', ...settings }),
  }
}
const inOthers = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'others' } } }
const own = {
  podSelector: { matchLabels: { 'app.kubernetes.io/managed-by': 'stevedore', 'app.kubernetes.io/name': 'shop' } },
}

test('whose links come in is let in with all that runs of it, and nobody else unsaid', () => {
  const from = [end('cart'), end('cart'), end('desk', { context: 'elsewhere' })]
  const release = exampleRelease({ linkedBy: ['cart', 'desk'] }, { linked: { to: [], from } })
  const { spec } = buildNetworkPolicy(release)
  const cart = {
    ...inOthers,
    podSelector: {
      matchLabels: {
        'app.kubernetes.io/managed-by': 'stevedore',
        'app.kubernetes.io/name': 'cart',
        'stevedore.io/links': 'production',
      },
    },
  }
  expect(spec).toMatchObject({ policyTypes: ['Ingress'], ingress: [{ from: [own, cart] }] })
  expect(spec.ingress?.[0]?.from).toHaveLength(2)
  expect(buildPodLabels(release, 'main')).toMatchObject(spec.podSelector?.matchLabels ?? {})
  const said = exampleRelease(
    { linkedBy: ['cart'], networkPolicy: { from: [{ namespace: 'web' }] } },
    { linked: { to: [], from } },
  )
  expect(buildNetworkPolicy(said).spec.ingress?.[0]?.from).toHaveLength(3)
})

test('an end in the same namespace is found where namespaces have no labels', () => {
  const linked = { to: [], from: [end('cart', { namespace: 'shops' })] }
  const { spec } = buildNetworkPolicy(exampleRelease({ linkedBy: ['cart'] }, { linked }))
  expect(spec.ingress?.[0]?.from?.[1]).not.toHaveProperty('namespaceSelector')
})

test('a policy of where pods may go leaves the way to what they are linked to', () => {
  const linked = { to: [end('mail')], from: [] }
  const release = exampleRelease({ links: ['mail'], networkPolicy: { to: [] } }, { linked })
  const labels = { 'stevedore.io/app': 'mail', 'stevedore.io/environment': 'production' }
  expect(buildNetworkPolicy(release).spec.egress?.at(-1)).toEqual({
    to: [{ ...inOthers, podSelector: { matchLabels: { 'app.kubernetes.io/managed-by': 'stevedore', ...labels } } }],
  })
})

test('all that runs of an environment with links can be told from what has none', () => {
  const release = exampleRelease({ links: ['mail'], processes: { worker: { command: ['work'] } } })
  const mark = { 'stevedore.io/links': 'production' }
  expect(buildPodLabels(release, 'main')).toMatchObject(mark)
  const facts = { minor: 30, envSecret: undefined, defaultMemory: undefined }
  expect(buildProcess(release, 'worker', facts).spec.template.metadata?.labels).toMatchObject(mark)
  expect(buildPodLabels(exampleRelease(), 'main')).not.toHaveProperty('stevedore.io/links')
})

test('a link leads to what is in the same cluster', () => {
  const to = [end('mail'), end('bank', { context: 'elsewhere' })]
  const release = exampleRelease({ links: ['mail', 'bank'] }, { linked: { to, from: [] } })
  expect(listTargets(release).map(({ app }) => app)).toEqual(['mail'])
  expect(listTargets(exampleRelease({ links: ['mail'] }))).toEqual([])
})
