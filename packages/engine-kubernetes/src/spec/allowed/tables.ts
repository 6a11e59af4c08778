import { cronJobTable } from './cron-job.ts'
import { deploymentTable } from './deployment.ts'
import type { KindTable } from './describe.ts'
import { ingressTable } from './ingress.ts'
import { networkPolicyTable } from './network-policy.ts'
import { configMapTable, serviceAccountTable } from './plain-kinds.ts'
import { autoscalerTable, disruptionBudgetTable } from './scaling.ts'
import { serviceTable } from './service-fields.ts'
import { volumeClaimTable } from './volumes.ts'

/** Kinds that a source's manifests may hold: all of one namespace, none that grants rights, none that holds secrets. */
export const kindTables: readonly KindTable[] = [
  deploymentTable,
  serviceTable,
  ingressTable,
  configMapTable,
  serviceAccountTable,
  networkPolicyTable,
  disruptionBudgetTable,
  autoscalerTable,
  volumeClaimTable,
  cronJobTable,
]
