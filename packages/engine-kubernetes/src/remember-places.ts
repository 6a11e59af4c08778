import { FailureError } from '@stevedore/contract'
import type { FoundHost, Site } from '@stevedore/engine'
import type { ClusterAccess, createConnector } from './client/connect.ts'
import { openReader } from './client/namespace.ts'
import { translated } from './failure/translate.ts'
import type { KubernetesPlace } from './spec/place.ts'
import { type Ground, listGrounds } from './state/list-places.ts'

type Connect = ReturnType<typeof createConnector>

/** A kubeconfig may name many clusters that are nobody's business here: those count that places are on. */
export interface PlaceMemory {
  note(settings: KubernetesPlace['settings']): void
  /** Of a place, or of all that were noted. */
  listSites(place: KubernetesPlace | undefined): Site[]
  /** What there is in each namespace that was noted. */
  listPlaces(signal: AbortSignal): Promise<FoundHost[]>
}

export function rememberPlaces(connect: Connect, access: ClusterAccess): PlaceMemory {
  const contexts = new Set<string | undefined>()
  const grounds = new Map<string, Ground>()
  const note: PlaceMemory['note'] = ({ context, namespace }) => {
    contexts.add(context)
    const name = `namespace ${namespace}${context === undefined ? '' : ` of ${context}`}`
    grounds.set(name, { name, open: (signal) => openReader(connect(context), namespace, signal, access) })
  }
  return {
    note,
    listSites(place) {
      if (place) note(place.settings)
      const named = place ? [place.settings.context] : [...contexts]
      return named.map((context) => ({ name: nameSite(context), ping: (signal) => ping(connect, context, signal) }))
    },
    listPlaces: (signal) => listGrounds([...grounds.values()], signal),
  }
}

function nameSite(context: string | undefined): string {
  return context === undefined ? 'kubernetes' : `kubernetes context ${context}`
}

/** Whatever the API says to it, it is there. */
async function ping(connect: Connect, context: string | undefined, signal: AbortSignal): Promise<void> {
  await translated(() => connect(context).fetch('/version', signal)).catch((error: unknown) => {
    if (error instanceof FailureError && error.code !== 'cluster-unreachable' && !signal.aborted) return
    throw error
  })
}
