import { expect, test } from 'vitest'
import { listFaults } from '../errors/faults.ts'
import { networkPolicy } from './network-policy.ts'

/** The faults of a policy, as `path code message`. */
function faultsOf(policy: unknown): string[] {
  const parsed = networkPolicy.safeParse(policy)
  return parsed.success ? [] : listFaults(parsed.error).map(({ path, message }) => `${path.join('.')} ${message}`)
}

test.each([
  [{ from: [] }],
  [{ to: [] }],
  [{ from: [{ app: 'front' }, { namespace: 'ingress-nginx' }, { app: 'front', namespace: 'web' }] }],
  [{ from: [{ cidr: '169.254.0.0/16' }, { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] }],
  [{ to: [{ cidr: '0.0.0.0/0', ports: [443] }, { cidr: '::/0' }, { app: 'db', ports: [5432] }] }],
])('%j can be asked for', (policy) => {
  expect(faultsOf(policy)).toEqual([])
})

test.each([
  [{}, ' give from, to or both'],
  [{ from: [{}] }, 'from.0 give cidr, or app, namespace or both'],
  [{ from: [{ app: 'front', cidr: '10.0.0.0/8' }] }, 'from.0 give cidr, or app, namespace or both'],
  [{ from: [{ cidr: '10.0.0.0' }] }, 'from.0.cidr a network such as 10.0.0.0/8'],
  [{ from: [{ cidr: '::ffff:10.0.0.0/104' }] }, 'from.0.cidr a network such as 10.0.0.0/8'],
  [{ from: [{ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }] }, 'from.0.except has to lie within cidr'],
  [{ from: [{ cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] }] }, 'from.0.except has to lie within cidr'],
  [{ from: [{ app: 'front', except: ['10.0.0.0/8'] }] }, 'from.0.except has to lie within cidr'],
  [{ to: [{ cidr: '169.254.169.254/32' }] }, 'to.0.cidr is of the networks that clouds serve their metadata on'],
  [{ to: [{ cidr: 'fd00:ec2::254/128' }] }, 'to.0.cidr is of the networks that clouds serve their metadata on'],
  [{ to: [{ app: 'db', ports: [0] }] }, 'to.0.ports.0'],
  [{ to: 'anywhere' }, 'to '],
  [{ to: [{ cidr: ['10.0.0.0/8'], except: 7 }] }, 'to.0.cidr'],
])('%j is refused', (policy, fault) => {
  expect(faultsOf(policy)[0]).toContain(fault)
})
