import {
  imageOfService,
  listServices,
  type RecordedService,
  registryOfImage,
  type ServiceSpec,
  settingsOfService,
} from '@stevedore/contract'
import { listDifferences, nameServiceUpdate, noteDifference } from '@stevedore/domain'
import {
  type DeployEngine,
  openService,
  type Place,
  type Release,
  type ServiceSight,
  type WorkContext,
} from '@stevedore/engine'
import type { ServiceRecord } from '@stevedore/ledger'
import type { Run } from '../../attempt/run.ts'
import { takeFromImage } from './from-image.ts'
import { declareFound, type KnownCompanion, listKnown, listUnknown } from './known-companions.ts'
import { openRelease, revealIfBound } from './release.ts'
import type { Rollout } from './rollout.ts'

/** Makes the companions of a revision that are not there, and waits for the health of all. What is there stays as it was made. */
export async function startServices({ run, engine, revision }: Rollout, context: WorkContext): Promise<void> {
  const { app, environment } = revision
  const known = await listKnown(run, { app, environment })
  const unknown = await listUnknown(run, engine, revision, context.signal)
  for (const { name, ...declared } of listServices(revision.settings)) {
    context.signal.throwIfAborted()
    const found = unknown.get(name)
    const made = found ? undefined : known.find((one) => one.name === name)
    if (made) tellDifference(run, made, declared)
    const record = made ?? (await recordService(run, revision, { name, declared, found }, context))
    await startService(run, engine, { place: revision, record }, context)
    if (!made) await run.ledger.activateService({ app, environment, name, number: record.number })
  }
}

function tellDifference(run: Run, made: KnownCompanion, declared: ServiceSpec): void {
  const fields = listDifferences(made, declared)
  if (fields.length === 0) return
  run.log(noteDifference(made, { name: made.name, backup: declared.backup }, fields))
  run.event('service.differs', { service: made.name, fields, remedy: nameServiceUpdate(made, made.name) })
}

/**
 * Under its next number, with what it takes from its image and the versions of its secrets that hold now; what was found to run is taken as
 * it is, under the number that it has.
 */
export async function recordService(
  run: Run,
  { app, environment, settings }: Place,
  { name, declared: said, found }: { name: string; declared: ServiceSpec; found?: ServiceSight | undefined },
  context: WorkContext,
): Promise<ServiceRecord> {
  if (found)
    run.log(
      `the companion ${name} runs as of revision ${found.revision}, which this ledger does not know: it stays as it is`,
    )
  const { backup: _backup, ...declared } = found ? declareFound(said, found) : said
  const given = { settings: settingsOfService(settings, name, declared), image: imageOfService(declared) }
  const { fromImage } = await takeFromImage(run, given, context, revealOwn)
  const own: RecordedService = { ...declared, ...(fromImage && { fromImage }) }
  const { specVersion } = run.job
  return run.ledger.createService({ app, environment, name, settings: own, specVersion, number: found?.revision })
}

/** Ends once it is healthy. */
export async function startService(
  run: Run,
  engine: DeployEngine,
  { place, record }: { place: Place; record: ServiceRecord },
  context: WorkContext,
): Promise<void> {
  if (!engine.startService) throw new Error(`this engine makes no companions: ${record.name}`)
  const { name, number } = record
  const release = await openCompanion(run, place, record)
  run.event('service.started', { service: name, revision: number, image: release.image })
  await engine.startService(release, context)
}

async function openCompanion(run: Run, { app, environment, settings }: Place, record: ServiceRecord): Promise<Release> {
  const { name, number, secrets } = record
  const opened = openService({ app, environment, settings }, { name, revision: number, settings: record.settings })
  const release = await openRelease(run, { ...opened, number, target: null, secrets }, undefined, revealOwn)
  return { ...release, service: opened.service }
}

/** The app's sign-in is for the app's registry alone: most companions are public images of another. */
async function revealOwn(run: Run, image: string) {
  return registryOfImage(image) === run.spec.image.registry ? revealIfBound(run, image) : undefined
}
