import type { AppSpec, EnvironmentSpec } from '@stevedore/contract'
import type { NewJob } from '@stevedore/ledger'

/** An app under the version of its spec that the request is judged by. */
export interface DeclaredApp {
  app: string
  specVersion: number
  spec: AppSpec
}

/** A job as its request came to mean it. */
export type Resolved<J = NewJob> = J extends NewJob ? Omit<J, 'app' | 'specVersion'> : never

/** Where a deploy or rollback stands in line. A dry run changes nothing and a rollback returns to what was approved. */
export function standing(settings: EnvironmentSpec, needsApproval: boolean) {
  const { approval, selfApproval = false, queue } = settings
  return { approval: needsApproval && approval === 'required', selfApproval, queue }
}
