import { isDeepStrictEqual } from 'node:util'
import {
  type AppSpec,
  type EnvironmentSpec,
  imageNameOf,
  imageOfService,
  listEnvironmentResources,
  listImageRepository,
  listRepository,
  listServices,
  ProblemError,
  type ResolvedJob,
  type Resource,
} from '@stevedore/contract'
import type { Job, Revision } from '@stevedore/ledger'
import type { Facts } from './facts.ts'
import type { ImageFacts } from './image-facts.ts'
import { findEnvironment } from './resolve-request.ts'

/** What work would use that may be another app's. */
export async function listUsedResources(
  facts: Facts,
  { app, spec }: { app: string; spec: AppSpec },
  { environment, request, resolved }: Pick<Job, 'environment' | 'request' | 'resolved'>,
): Promise<Resource[]> {
  if ('remove' in resolved) return []
  if (resolved.kind === 'build') return listRepository(resolved.registry, imageNameOf(spec))
  if (resolved.kind === 'push') {
    const images = await facts.listImages('version' in request ? request.version : undefined)
    const isMoved = ({ version, target }: ImageFacts) =>
      resolved.images.some((one) => one.version === version && one.target === target)
    return images.filter(isMoved).flatMap(({ registry, name }) => listRepository(registry, name))
  }
  const name = environment ?? ''
  const settings = await findUsedSettings(facts, spec, name, resolved)
  const image = 'image' in resolved ? resolved.image : undefined
  const ofImage = image === undefined ? [] : listImageRepository(image)
  const ofServices = settings && resolved.kind !== 'run' ? listServices(settings) : []
  return [
    ...(settings ? listEnvironmentResources(app, settings) : []),
    ...ofImage,
    ...ofServices.flatMap((service) => listImageRepository(imageOfService(service))),
  ]
}

async function findUsedSettings(
  facts: Facts,
  spec: AppSpec,
  environment: string,
  resolved: ResolvedJob,
): Promise<EnvironmentSpec | undefined> {
  if ('restart' in resolved || 'scale' in resolved) return (await findCurrent(facts, environment))?.settings
  if (resolved.kind !== 'rollback' && resolved.kind !== 'run') return findEnvironment(spec, environment)
  const used = resolved.kind === 'run' ? resolved.revision : resolved.toRevision
  return (await facts.listRevisions(environment)).find(({ number }) => number === used)?.settings
}

/** The revision that an environment runs; undefined where it runs none. */
export async function findCurrent(facts: Facts, environment: string): Promise<Revision | undefined> {
  const record = await facts.getEnvironment(environment)
  return record?.currentRevision == null ? undefined : facts.findDeployed(environment)
}

/** Whether a schedule is the one that its environment's revision was deployed with, which was approved. */
export function isApprovedWith(
  { settings }: Pick<Revision, 'settings'>,
  declared: EnvironmentSpec | undefined,
  name: string | undefined,
): boolean {
  const now = name === undefined ? undefined : declared?.schedules?.[name]
  return (
    now !== undefined && settings.approval === 'required' && isDeepStrictEqual(now, settings.schedules?.[name ?? ''])
  )
}

/** The refusal of a command for which there is nothing to run it in. */
export function refuseIdle(app: string, environment: string): ProblemError {
  const remedy = `\`stevedore deploy ${app} ${environment}\``
  return new ProblemError('conflict', `nothing runs in ${environment} of ${app} that a command could run in: ${remedy}`)
}
