import { FailureError, nameGrantCommand, nameRepository } from '@stevedore/contract'
import type { ImageScan, WorkContext } from '@stevedore/engine'
import type { ListAllowedHosts } from '@stevedore/source'
import type Docker from 'dockerode'
import { registryOf } from '../client/base-images.ts'
import { findImageId, pullImage } from '../client/images.ts'
import { checkRegistry } from '../client/registry/check-registry.ts'
import type { SignIn } from '../client/registry/credentials.ts'

export interface ToolSource {
  docker: Docker
  signIn: SignIn
  listAllowedHosts: ListAllowedHosts
}

/**
 * Brings a scan's tool, with the worker's own sign-in, unless the engine has it.
 * @returns its id
 * @throws FailureError `base-not-granted`, `address-not-allowed`, `scan-unavailable`, …
 */
export async function bringTool(
  { docker, signIn, listAllowedHosts }: ToolSource,
  { app, tool, reach }: Pick<ImageScan, 'app' | 'tool' | 'reach'>,
  context: WorkContext,
): Promise<string> {
  if (reach.foreign.includes(nameRepository(tool))) throw refuseForeign(app, tool)
  const present = await findImageId(docker, tool)
  if (present) return present
  try {
    const registry = registryOf(tool)
    await checkRegistry(registry, { ...reach, registries: [registry] }, listAllowedHosts)
    await pullImage(docker, { image: tool, credential: await signIn(registry, undefined) }, context)
    const id = await findImageId(docker, tool)
    if (id) return id
    throw new FailureError('image-missing', { diagnosis: 'it is gone again' })
  } catch (error) {
    throw asUnavailable(error, `the tool's image ${tool}`)
  }
}

/** It would be run with the worker's sign-in, and what it says be shown. */
function refuseForeign(app: string, tool: string): FailureError {
  const command = nameGrantCommand({ kind: 'repository', name: nameRepository(tool), context: '' }, app, 'read')
  return new FailureError('base-not-granted', {
    message: 'The spec takes an image of another app for its scans',
    diagnosis: `scan.image is ${tool}, which is of another app: a server-wide administrator lets it: \`${command}\``,
  })
}

/** What says that a tool cannot be had, which is no fault of the image under test. */
const unavailable = new Set([
  ...['image-missing', 'image-not-on-engine', 'image-pull-failed', 'digest-mismatch'],
  ...['registry-denied', 'registry-throttled', 'registry-unreachable', 'container-start-failed'],
])

export function asUnavailable(error: unknown, what: string): unknown {
  if (!(error instanceof FailureError) || !unavailable.has(error.code)) return error
  const diagnosis = `${what}: ${error.diagnosis ?? error.message}`
  return new FailureError('scan-unavailable', { diagnosis, cause: error })
}
