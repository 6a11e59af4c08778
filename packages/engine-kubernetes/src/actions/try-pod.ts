import { objectPath, type PodTemplate } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { withRetries } from '../client/retry.ts'

/** Makes one as a dry run. */
export async function tryPod(reader: NamespaceReader, name: string, template: PodTemplate): Promise<void> {
  const { cluster, namespace, signal } = reader
  const pod = await buildTrialPod(reader, name, template)
  await withRetries(() => cluster.create(objectPath({ kind: 'Pod', namespace }), pod, { dryRun: true }, signal), signal)
}

/** A first deploy's own account does not exist yet, and admission asks for it. */
async function buildTrialPod(reader: NamespaceReader, name: string, template: PodTemplate): Promise<object> {
  const account = template.spec.serviceAccountName
  const isAbsent = account !== undefined && (await reader.get('ServiceAccount', account)) === undefined
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-trial`, labels: template.metadata?.labels },
    spec: { ...template.spec, ...(isAbsent ? { serviceAccountName: 'default' } : {}) },
  }
}
