import { type Release, requireKnownUser, type WorkContext } from '@stevedore/engine'
import { pullImage } from '../client/images.ts'
import type { Host } from '../hosts.ts'
import { listAllReplicas } from '../state/replicas.ts'
import { stopReplicas } from './containers.ts'
import { ensureNetwork } from './ensure-network.ts'
import { ensureVolumes } from './ensure-volumes.ts'
import { scaleUp } from './scale-up.ts'

/** What can fail without it is tried before the one that runs is stopped. */
export async function startService(host: Host, companion: Release, context: WorkContext): Promise<void> {
  const present = await listAllReplicas(host, companion, context.signal)
  const others = present.filter(({ revision, leaving }) => revision !== companion.revision || leaving)
  if (present.length === 0 || others.length > 0) await bring(host, companion, context)
  await stopReplicas(host, others, context)
  await scaleUp(host, companion, 1, context)
}

async function bring(host: Host, companion: Release, context: WorkContext): Promise<void> {
  requireKnownUser(companion)
  await pullImage(host.docker, companion, context)
  await ensureNetwork(host, context)
  await ensureVolumes(host, companion, context)
}
