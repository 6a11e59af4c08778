import type { FailureCode } from './failures.ts'

/** The sections of docs/runbooks/failures.md, and which failures each is for. */
const sections = {
  source: [
    ...(['source-unreachable', 'source-denied', 'ref-not-found', 'ref-ambiguous', 'commit-not-in-ref'] as const),
    ...(['address-not-allowed', 'credential-rebind', 'repo-too-large', 'bad-archive', 'path-missing'] as const),
    ...(['path-outside-source', 'path-unreadable', 'files-too-large', 'dockerfile-missing'] as const),
  ],
  build: [
    ...(['build-failed', 'target-missing', 'base-image-missing', 'secret-missing', 'secrets-need-buildkit'] as const),
    ...(['base-not-granted', 'entitlement-denied', 'resource-exceeded'] as const),
  ],
  scan: ['vulnerabilities-found', 'scan-unavailable'],
  engine: ['no-space', 'engine-unreachable', 'engine-slow', 'builder-failed', 'proxy-failed', 'host-failed'],
  registry: [
    ...([
      'registry-unreachable',
      'registry-throttled',
      'registry-denied',
      'registry-refused',
      'digest-mismatch',
    ] as const),
    ...(['image-missing', 'image-not-on-engine', 'image-pull-failed'] as const),
  ],
  start: [
    ...(['container-start-failed', 'user-unknown', 'container-crashed', 'never-healthy', 'port-taken'] as const),
    ...([
      'volume-taken',
      'volume-fixed',
      'volume-unbound',
      'policy-violation',
      'init-failed',
      'config-missing',
    ] as const),
  ],
  judgement: [
    ...(['check-failed', 'migration-failed', 'analysis-failed', 'analysis-inconclusive', 'aborted'] as const),
    ...(['rejected', 'cancelled', 'deploy-deadline', 'deadline-exceeded', 'pipeline-refused'] as const),
  ],
  command: ['command-failed', 'command-lost', 'replica-missing', 'replica-gone', 'client-gone'],
  backup: ['backup-failed'],
  person: ['needs-attention', 'restored', 'nothing-to-adopt', 'nothing-runs'],
  cluster: [
    ...(['cluster-unreachable', 'context-unknown', 'namespace-missing', 'forbidden-by-cluster'] as const),
    ...(['admission-denied', 'unschedulable', 'quota-exceeded', 'manifests-invalid', 'kubectl-missing'] as const),
    ...(['field-conflict'] as const),
  ],
  workers: ['worker-lost', 'worker-outdated', 'internal'],
} as const satisfies Record<string, readonly FailureCode[]>

export const failureRunbookSections: Readonly<Record<string, readonly FailureCode[]>> = sections

/** Where it is written what to do about a failure, beyond its remedy: a path of this repository. */
export function findFailureRunbook(code: FailureCode): string {
  const [section = 'workers'] = Object.entries(failureRunbookSections).find(([, codes]) => codes.includes(code)) ?? []
  return `docs/runbooks/failures.md#${section}`
}
