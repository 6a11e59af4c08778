import type { EnvironmentSpec } from '@stevedore/contract'

/** Where a deploy or rollback stands in line. A dry run changes nothing and a rollback returns to what was approved. */
export function standing(settings: EnvironmentSpec, needsApproval: boolean) {
  const { approval, selfApproval = false, queue } = settings
  return { approval: needsApproval && approval === 'required', selfApproval, queue }
}
