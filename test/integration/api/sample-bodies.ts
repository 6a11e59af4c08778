import { sampleSpec } from '@stevedore/testkit'

type Bodies = [unknown, ...unknown[]]

const deploy = { kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0', target: 'production' }
const build = { kind: 'build', app: 'shop', ref: 'main', version: '1.0.0', registry: 'registry.example.com' }
const rollback = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 }
const push = { kind: 'push', app: 'shop', version: '1.0.0', target: 'production' }

const samples: Record<string, Bodies> = {
  '/v1/jobs': [deploy, build, rollback, push, { kind: 'push', app: 'shop', image: 'x' }],
  '/v1/apps/:app/environments/:environment/runs': [{ command: ['true'], timeout: '1m' }],
  '/v1/jobs/:id/promote': [{ full: true }],
  '/v1/apps/:app': [sampleSpec()],
  '/v1/apps': [{ apps: { shop: sampleSpec() } }],
  '/v1/secrets/:name': [{ value: 'the value of it', hosts: ['registry.example.com'] }],
  '/v1/certificates/:name': [{ certificate: 'a certificate', key: 'its key' }],
  '/v1/grants': [{ kind: 'namespace', name: 'shop', context: 'prod', app: 'shop', access: 'own' }],
  '/v1/tokens': [{ name: 'ci', role: 'viewer', person: 'ci', app: 'shop', environment: 'staging', expiresIn: '90d' }],
}

/** Bodies as the operation at an address takes them; nothing is in that of one which is told all by its address. */
export function sampleBodies(url: string): Bodies {
  return samples[url] ?? [{}]
}
