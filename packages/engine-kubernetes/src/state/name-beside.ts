import { FailureError, suggest } from '@stevedore/contract'
import type { NamespaceReader } from '../client/namespace.ts'
import { keys } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import { readCronJobs } from './beside.ts'
import { isBeside, type ProcessWorkload, readProcesses } from './processes.ts'

/** What of manifests stands beside what serves, by what people call it. */
export interface Brought {
  deployments: ProcessWorkload[]
  crons: string[]
}

export async function readBrought(reader: NamespaceReader, place: KubernetesPlace): Promise<Brought> {
  const [processes, crons] = await Promise.all([readProcesses(reader, place), readCronJobs(reader, place)])
  return {
    deployments: processes.filter(isBeside),
    crons: crons.map(({ metadata }) => metadata.labels?.[keys.cron] ?? metadata.name),
  }
}

/** @throws FailureError `policy-violation` where no Deployment of the manifests has this name */
export async function requireBeside(
  reader: NamespaceReader,
  place: KubernetesPlace,
  name: string,
): Promise<ProcessWorkload> {
  const brought = await readBrought(reader, place)
  const found = findBeside(brought, name)
  if (found) return found
  throw new FailureError('policy-violation', { diagnosis: explainAbsence(place, brought, name) })
}

export function findBeside({ deployments }: Brought, name: string): ProcessWorkload | undefined {
  return deployments.find(({ process }) => process === name)
}

/** Why a name is not one that can be restarted or scaled. */
export function explainAbsence(place: KubernetesPlace, { deployments, crons }: Brought, name: string): string {
  if (name === nameObjects(place).main) return `${name} is the Deployment that serves: call it web`
  if (crons.includes(name)) return `${name} is a CronJob, whose pods come and go by its schedule`
  const names = ['web', ...deployments.map(({ process }) => process)]
  return `what runs has no Deployment ${name}${suggest(name, names) || `; it has ${names.join(', ')}`}`
}
