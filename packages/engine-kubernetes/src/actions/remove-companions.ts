import { FailureError } from '@stevedore/contract'
import { pollUntil } from '@stevedore/engine'
import type { Kind, Pod } from '../client/kinds.ts'
import { companionLabels, listCompanionSecrets } from '../spec/companions.ts'
import { keys, objectLabels, placeLabels } from '../spec/labels.ts'
import { processLabels } from '../spec/processes.ts'
import { readCompanions } from '../state/companions.ts'
import type { Action } from './action.ts'

/** Ends a place's companions after all that may still need them, and leaves their claims. */
export async function removeCompanions(action: Action): Promise<void> {
  const { place, writer, context } = action
  const called = await listCalled(action)
  if (called.length === 0) return
  await awaitNone(action, [placeLabels(place), processLabels(place)])
  for (const name of called) {
    await writer.remove('StatefulSet', name)
    context.log(`StatefulSet ${name} removed`)
  }
  await awaitNone(action, [companionLabels(place)])
  for (const name of called) await removeSupport(action, name)
}

/** What their objects are called. The account is the last to go, so that a repeat still knows what there is to be removed. */
async function listCalled({ place, writer }: Action): Promise<string[]> {
  const accounts = await writer.list('ServiceAccount', { labels: objectLabels(place) })
  const sets = (await readCompanions(writer, place)).flatMap(({ set }) => set ?? [])
  const own = [...accounts, ...sets].filter(({ metadata }) => metadata.labels?.[keys.service] !== undefined)
  return [...new Set(own.map(({ metadata }) => metadata.name))].toSorted()
}

const pollMs = 400

/** For as long as those that are there may take to end. */
async function awaitNone({ place, writer, deadlineAt }: Action, all: Record<string, string>[]): Promise<void> {
  const list = async () => (await Promise.all(all.map((labels) => writer.list('Pod', { labels })))).flat()
  const graceMs = Math.max(0, ...(await list()).map(readGraceMs))
  const deadlineMs = deadlineAt - performance.now() + graceMs
  const isNone = async () => (await list()).length === 0 || undefined
  if (await pollUntil(isNone, { intervalMs: pollMs, deadlineMs, signal: writer.signal })) return
  const names = (await list()).map(({ metadata }) => metadata.name)
  const diagnosis = `pods of ${place.app} ${place.environment} have not ended: ${names.join(', ')}`
  throw new FailureError('deploy-deadline', { diagnosis })
}

/** How long a pod that is told to end may take. */
export function readGraceMs({ spec }: Pod): number {
  return (spec.terminationGracePeriodSeconds ?? 30) * 1_000
}

async function removeSupport({ writer }: Action, called: string): Promise<void> {
  const account = await writer.get('ServiceAccount', called)
  for (const name of account ? listCompanionSecrets(account) : []) await writer.remove('Secret', name)
  const kinds: Kind[] = ['Service', 'NetworkPolicy', 'ServiceAccount']
  for (const kind of kinds) await writer.remove(kind, called)
}
