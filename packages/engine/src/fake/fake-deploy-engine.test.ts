import { randomUUID } from 'node:crypto'
import { environmentSpec } from '@stevedore/contract'
import {
  type Behaviour,
  type DeployHarness,
  describeDeployEngine,
  type HarnessOptions,
  type WantedRelease,
} from '../conformance.ts'
import { openFakeWorld } from './deploy-world.ts'
import { createFakeDeployEngine } from './fake-deploy-engine.ts'
import { askByLink } from './links.ts'

for (const rolling of ['stepwise', 'native'] as const)
  describeDeployEngine(`the fake, rolling ${rolling},`, rolling, async (options) => openHarness(rolling, options))

function openHarness(
  rolling: 'stepwise' | 'native',
  { strategy, replicas, volumes, linked }: HarnessOptions,
): DeployHarness {
  const world = openFakeWorld()
  const settings = (behaviour: Behaviour = 'healthy', files?: WantedRelease['files']) =>
    environmentSpec.parse({
      engine: 'docker',
      host: 'shop.test',
      replicas,
      strategy,
      ...(volumes ? { volumes } : {}),
      ...(files ? { files } : {}),
      ...(linked === 'by-both' ? { linkedBy: ['caller'] } : {}),
      env: { BEHAVIOUR: behaviour },
      ...(behaviour.startsWith('migrat') ? { migrate: { command: ['migrate'] } } : {}),
    })
  const place = { app: 'shop', environment: 'staging', settings: settings() }
  const caller = { app: 'caller', environment: 'staging' }
  const makeRelease: DeployHarness['makeRelease'] = ({ revision, behaviour, files }) => ({
    ...place,
    revision,
    version: `1.0.${revision}`,
    image: `registry.test/shop@sha256:${'a'.repeat(64)}`,
    secrets: {},
    credential: undefined,
    changeCause: `deploy 1.0.${revision}`,
    settings: settings(behaviour, files),
  })
  const linking = { ...settings(), linkedBy: undefined, links: ['shop'] }
  return {
    engine: createFakeDeployEngine({ world, traits: { rolling, weighting: 'proxy' } }),
    place,
    makeRelease,
    caller: {
      release: { ...makeRelease({ revision: 1, behaviour: 'healthy' }), ...caller, settings: linking },
      ask: () => askByLink(world, caller, place),
    },
    request: (path) => world.request(place, path),
    tls: {
      makeCertificate: async (name, dnsNames, as) => ({
        ...{ name, chain: `${dnsNames.join()} ${as ?? ''}`, key: 'key', fingerprint: randomUUID(), putAt: new Date() },
      }),
      askFingerprint: async (dnsName) =>
        [...world.certificates.values()].find(({ chain }) => chain.split(' ')[0] === dnsName)?.fingerprint,
    },
    makeForeignVolume: async (name) => void world.place(place).foreignVolumes.add(name),
    cleanup: async () => {},
  }
}
