import { listServices } from '@stevedore/contract'
import type { Observation, Place, Release } from '../deploy-engine.ts'
import type { WorkContext } from '../work-context.ts'
import { type FakeWorld, findStartFailure } from './deploy-world.ts'
import { makeVolumes } from './fake-actions.ts'

export async function startService(world: FakeWorld, companion: Release, context: WorkContext): Promise<void> {
  const { services } = world.place(companion)
  const { revision, image, secrets, service } = companion
  const name = service?.name ?? ''
  await makeVolumes(world, companion, context)
  const found = services.get(name)
  if (found && found.revision !== revision) {
    await context.fence()
    services.delete(name)
  }
  if (!services.has(name)) {
    await context.fence()
    const env = { ...companion.settings.env, ...secrets }
    services.set(name, { name, revision, image, healthy: false, secrets, env })
  }
  context.signal.throwIfAborted()
  const failure = findStartFailure(companion, name)
  if (failure) services.delete(name)
  if (failure) throw failure
  services.set(name, { ...services.get(name)!, healthy: true })
}

export function listSeenServices(world: FakeWorld, place: Place): Pick<Observation, 'services'> {
  const all = [...world.place(place).services.values()]
  const seen = all.map(({ name, revision, image, healthy }) => ({ name, revision, image, healthy, state: 'running' }))
  return seen.length > 0 ? { services: seen } : {}
}

export function findServiceDrift(world: FakeWorld, place: Place): Observation['drift'] {
  const { services, traffic } = world.place(place)
  if (Object.keys(traffic).length === 0) return []
  const absent = listServices(place.settings).filter(({ name }) => !services.has(name))
  return absent.map(({ name }) => ({ field: `service ${name}`, wanted: 'running', found: 'absent' }))
}
