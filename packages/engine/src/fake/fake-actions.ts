import { durationMs, FailureError, listFiles, listProcesses, listVolumes } from '@stevedore/contract'
import type { CertificateStore, Place, Release } from '../deploy-engine.ts'
import { openProcess } from '../kit/open-process.ts'
import { pollUntil } from '../kit/poll.ts'
import type { WorkContext } from '../work-context.ts'
import { type FakeReplica, type FakeWorld, findStartFailure, listWeb, print, readBehaviour } from './deploy-world.ts'
import { bringLinks, keepLinks, letIn } from './links.ts'

export async function prepare(world: FakeWorld, release: Release, context: WorkContext): Promise<void> {
  context.signal.throwIfAborted()
  refuseForeign(world, release)
  const failure = findStartFailure(release, '')
  if (failure?.code === 'image-missing') throw failure
  await bringLinks(world, release, context)
}

function refuseForeign(world: FakeWorld, release: Release): void {
  const { foreignVolumes } = world.place(release)
  const taken = listVolumes(release.settings).find(({ name }) => foreignVolumes.has(name))
  if (taken) throw new FailureError('volume-taken', { diagnosis: `volume ${taken.name} was made by others` })
}

export async function makeVolumes(world: FakeWorld, release: Release, { fence }: WorkContext): Promise<void> {
  const { volumes } = world.place(release)
  refuseForeign(world, release)
  for (const { name } of listVolumes(release.settings))
    if (!volumes.has(name)) {
      await fence()
      volumes.set(name, new Set())
    }
}

export async function check(release: Release, { fence }: WorkContext): Promise<void> {
  await fence()
  if (readBehaviour(release) === 'check-fails') throw new FailureError('check-failed', { diagnosis: '500 broken' })
}

export async function migrate(world: FakeWorld, release: Release, { fence, log }: WorkContext): Promise<void> {
  const { migrated } = world.place(release)
  if (!release.settings.migrate || migrated.has(release.revision)) return
  await fence()
  if (readBehaviour(release) === 'migration-fails')
    throw new FailureError('migration-failed', { diagnosis: 'it exited with code 4; its last lines:\nno such column' })
  log('migrated')
  migrated.add(release.revision)
}

export async function scaleUp(world: FakeWorld, release: Release, count: number, context: WorkContext): Promise<void> {
  const place = world.place(release)
  const isOwn = (one: FakeReplica) => one.revision === release.revision && one.process === release.process
  const own = () => place.replicas.filter(isOwn)
  const before = new Set(own())
  await makeVolumes(world, release, context)
  try {
    while (own().length < count) await startReplica(world, release, context)
    for (const replica of own()) bringToHealth(release, replica, context)
  } catch (error) {
    const isNew = (one: FakeReplica) => isOwn(one) && !before.has(one)
    if (await isFenceHeld(context)) place.replicas = place.replicas.filter((one) => !isNew(one))
    throw error
  }
}

function bringToHealth(release: Release, replica: FakeReplica, { signal, event }: WorkContext): void {
  signal.throwIfAborted()
  const failure = findStartFailure(release, replica.name)
  if (failure) throw failure
  replica.healthy = true
  event('replica.healthy', { replica: replica.name, revision: release.revision })
}

/** What is beyond a lost fence is left to whoever holds it now. */
function isFenceHeld({ fence }: WorkContext): Promise<boolean> {
  return fence().then(
    () => true,
    () => false,
  )
}

async function startReplica(world: FakeWorld, release: Release, context: WorkContext): Promise<void> {
  const place = world.place(release)
  await context.fence()
  const taken = new Set(place.replicas.map(({ name }) => name))
  const { revision, image, version, process } = release
  const stem = `r${revision}${process === undefined ? '' : `_${process}`}`
  let part = 1
  while (taken.has(`${stem}-${part}`)) part++
  const name = `${stem}-${part}`
  const files = listFiles(release.settings)
  const behaviour = readBehaviour(release)
  place.replicas.push({
    name,
    revision,
    healthy: false,
    behaviour,
    busy: 0,
    job: context.jobId,
    image,
    version,
    files,
    env: { ...release.settings.env, ...release.secrets },
    ...(process && { process }),
  })
  print(place, process === undefined ? `revision ${revision} listens` : `${process} of revision ${revision}`, process)
  context.event('replica.started', { replica: name, revision })
}

export async function route(
  world: FakeWorld,
  place: Place,
  weights: Record<number, number>,
  { fence, event }: WorkContext,
): Promise<void> {
  const state = world.place(place)
  const traffic = Object.fromEntries(Object.entries(weights).filter(([, percent]) => percent > 0))
  for (const revision of Object.keys(traffic).map(Number))
    if (!listWeb(state).some((replica) => replica.revision === revision && replica.healthy))
      throw new FailureError('never-healthy', { diagnosis: `revision ${revision} has no healthy replica` })
  await fence()
  if (JSON.stringify(state.traffic) !== JSON.stringify(traffic)) state.counts = {}
  state.traffic = traffic
  letIn(world, place)
  event('traffic.shifted', { weights: traffic })
}

export async function scaleDown(
  world: FakeWorld,
  place: Place,
  revision: number,
  count: number,
  context: WorkContext,
): Promise<void> {
  const state = world.place(place)
  const own = state.replicas.filter((replica) => replica.revision === revision)
  const leaving = count === 0 ? own : own.filter(({ process }) => process === undefined).slice(count)
  if (leaving.length === 0) return
  await context.fence()
  if (count === 0) delete state.traffic[revision]
  const isIdle = async () => leaving.every(({ busy }) => busy === 0) || undefined
  const deadlineMs = durationMs(place.settings.drain)
  await pollUntil(isIdle, { deadlineMs, intervalMs: 5, signal: context.signal })
  await end(world, place, leaving, context)
}

async function end(world: FakeWorld, place: Place, leaving: FakeReplica[], context: WorkContext): Promise<void> {
  await context.fence()
  const state = world.place(place)
  state.replicas = state.replicas.filter((replica) => !leaving.includes(replica))
  for (const { name, revision } of leaving) context.event('replica.stopped', { replica: name, revision })
}

export async function rollProcesses(world: FakeWorld, release: Release, context: WorkContext): Promise<void> {
  const wanted = listProcesses(release.settings)
  for (const { name, replicas } of wanted) await scaleUp(world, openProcess(release, name), replicas, context)
  const all = world.place(release).replicas.filter(({ process }) => process !== undefined)
  const isOwn = (one: FakeReplica, name: string) => one.process === name && one.revision === release.revision
  const staying = wanted.flatMap(({ name, replicas }) => all.filter((one) => isOwn(one, name)).slice(0, replicas))
  const leaving = all.filter((one) => !staying.includes(one))
  if (leaving.length > 0) await end(world, release, leaving, context)
}

export async function restartProcess(
  world: FakeWorld,
  release: Release,
  process: string,
  context: WorkContext,
): Promise<void> {
  const place = world.place(release)
  if (process === 'web') return restartWeb(world, release, context)
  const listFormer = () => place.replicas.filter((one) => one.process === process && one.job !== context.jobId)
  const own = openProcess(release, process)
  await scaleUp(world, own, own.settings.replicas + listFormer().length, context)
  const former = listFormer()
  if (former.length > 0) await end(world, release, former, context)
}

async function restartWeb(world: FakeWorld, release: Release, context: WorkContext): Promise<void> {
  const { revision, settings } = release
  const own = () =>
    world.place(release).replicas.filter((one) => one.process === undefined && one.revision === revision)
  const listFormer = () => own().filter((one) => one.job !== context.jobId)
  if (settings.strategy.type === 'recreate') await end(world, release, listFormer(), context)
  for (let count = own().length - listFormer().length; count < settings.replicas; count++) {
    await scaleUp(world, release, own().length + 1, context)
    await end(world, release, listFormer().slice(0, 1), context)
  }
  await end(world, release, listFormer(), context)
}

export async function finalize(
  world: FakeWorld,
  release: Release,
  keep: number[],
  context: WorkContext,
): Promise<void> {
  const state = world.place(release)
  if (Object.keys(state.traffic).join() !== String(release.revision))
    await route(world, release, { [release.revision]: 100 }, context)
  const others = new Set(state.replicas.map(({ revision }) => revision))
  for (const revision of others)
    if (revision !== release.revision && !keep.includes(revision)) await scaleDown(world, release, revision, 0, context)
  await scaleDown(world, release, release.revision, release.settings.replicas, context)
  if (keep.length === 0) await keepLinks(world, release, context)
}

export async function stopOthers(world: FakeWorld, release: Release, context: WorkContext): Promise<void> {
  const others = new Set(world.place(release).replicas.map(({ revision }) => revision))
  for (const revision of others)
    if (revision !== release.revision) await scaleDown(world, release, revision, 0, context)
}

export async function remove(
  world: FakeWorld,
  place: Place,
  context: WorkContext,
  { withData = false }: { withData?: boolean } = {},
): Promise<void> {
  const revisions = new Set(world.place(place).replicas.map(({ revision }) => revision))
  for (const revision of revisions) await scaleDown(world, place, revision, 0, context)
  const { migrated, volumes, services, links, callers } = world.place(place)
  migrated.clear()
  if (services.size > 0 || links.size > 0) await context.fence()
  for (const kept of [services, links, callers]) kept.clear()
  if (!withData || volumes.size === 0) return
  await context.fence()
  volumes.clear()
}

/** A chain that says `refused` is one that no proxy takes. */
export async function bringCertificates(
  { certificates }: FakeWorld,
  { read, noteRefusal }: CertificateStore,
  { fence }: WorkContext,
): Promise<void> {
  const wanted = await read()
  await fence()
  const names = new Set(wanted.map(({ name }) => name))
  for (const name of certificates.keys()) if (!names.has(name)) certificates.delete(name)
  for (const certificate of wanted) {
    const { name, fingerprint, chain, key } = certificate
    if (chain.includes('refused')) await noteRefusal({ name, fingerprint, reason: 'no start line' })
    else if (key !== undefined) certificates.set(name, certificate)
  }
}
