import { environmentSpec } from '@stevedore/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseServing } from '../../apps/cli/src/init/choose-serving.ts'
import type { ManifestObject } from '../../apps/cli/src/init/read-manifests.ts'
import { findServing } from '../../packages/engine-kubernetes/src/spec/pod-facts.ts'

/*
 * `init` and the engine each tell by a rule of their own which Deployment of manifests serves: neither may import the other. What `init`
 * writes has to make the engine take the same.
 */
const app = 'shop'
const names = [app, 'worker', 'web']
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('shop', 'worker'))
const deployments = fc.uniqueArray(
  fc.record({ kind: fc.constant('Deployment'), name: fc.constantFrom(...names), labels }),
  {
    selector: ({ name }) => name,
    minLength: 1,
  },
)
const services = fc.uniqueArray(fc.record({ kind: fc.constant('Service'), name: fc.constantFrom(...names), labels }), {
  selector: ({ name }) => name,
})

interface Drawn {
  kind: string
  name: string
  labels: Record<string, string>
}

function toManifest({ kind, name, labels }: Drawn) {
  const spec = kind === 'Service' ? { selector: labels } : { template: { metadata: { labels } } }
  return { kind, metadata: { name }, spec }
}

function toRead({ kind, name, labels }: Drawn): ManifestObject {
  const spec = kind === 'Service' ? { selector: labels } : {}
  return { file: '/k8s/all.yaml', kind, name, spec, labels, containers: [], claims: new Set() }
}

test('what init takes for the one that serves, the engine takes as well', () => {
  const seen = new Set<string | undefined>()
  fc.assert(
    fc.property(deployments, services, fc.constantFrom(...names), (drawnDeployments, drawnServices, own) => {
      const drawn: Drawn[] = [...drawnDeployments, ...drawnServices]
      const chosen = chooseServing(drawn.map(toRead), app, ({ name }) => name === own)
      seen.add(chosen?.why.replace(/^the Service \w+/, 'a Service'))
      if (!chosen) return
      const settings = environmentSpec.parse({ engine: 'kubernetes', namespace: 'shops', ...chosen.settings })
      const release = { app, settings } as Parameters<typeof findServing>[1]
      expect(findServing(drawn.map(toManifest), release)?.metadata.name).toBe(chosen.deployment.name)
    }),
    { numRuns: 2_000 },
  )
  expect(seen).toEqual(new Set([undefined, 'the only one', 'a Service leads to it', 'it has the app’s name']))
})
