import type { FailureCode } from '@stevedore/contract'
import { freshReplicaSet, type Slot } from '../state/place-state.ts'
import type { Trouble } from './pod-trouble.ts'

/** Why the cluster refuses to make pods at all: quota, admission, a ServiceAccount that is not there. */
export function findCreationTrouble(slot: Slot): Trouble | undefined {
  const failure = freshReplicaSet(slot)?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  if (!failure) return undefined
  const summary = failure.message ?? 'the pods could not be created'
  const code = classifyRefusal(summary)
  // Pods that are leaving hold their quota until they are gone.
  return { code, summary, afterMs: code === 'quota-exceeded' ? 20_000 : 3_000 }
}

/** What an admission stage of the API server says no with. */
export function classifyRefusal(message: string): FailureCode {
  if (/exceeded quota|must specify (limits|requests)/.test(message)) return 'quota-exceeded'
  if (/(service ?account|configmap|secret|priority ?class).* not found/i.test(message)) return 'config-missing'
  return 'admission-denied'
}
