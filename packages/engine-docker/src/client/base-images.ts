import { FailureError } from '@stevedore/contract'
import { labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus, toFailureError } from '../failure/translate.ts'
import { readMessages } from './messages.ts'
import { findCredential, type WorkerCredentials } from './registry/credentials.ts'

/** What of a base image shows in the builds that begin from it. */
export interface BaseSettings {
  id: string
  env: Map<string, string>
  /** Its ONBUILD instructions, which run in those builds. */
  triggers: string[]
  /** Which app built it here, where one did. */
  app: string | undefined
}

/** Undefined when the engine does not have the image. */
export async function readBase(docker: Docker, image: string): Promise<BaseSettings | undefined> {
  const found = await callEngine(() => docker.getImage(image).inspect().catch(ignoreStatus(404)))
  if (!found) return undefined
  const pairs = (found.Config?.Env ?? []).map((line): [string, string] => {
    const [name = '', value = ''] = line.split(/=(.*)/s)
    return [name, value]
  })
  return {
    id: found.Id,
    env: new Map(pairs),
    triggers: found.Config?.OnBuild ?? [],
    app: found.Config?.Labels?.[labelKeys.app],
  }
}

/**
 * Has the engine bring a base before a build begins from it, so that what is judged is what is built on, whatever its tag comes to mean.
 * @throws FailureError `base-image-missing`, `registry-unreachable`, …
 */
export async function bringBase(
  docker: Docker,
  image: string,
  credentials: WorkerCredentials,
  { signal, fence, log }: WorkContext,
): Promise<void> {
  await fence()
  log(`pulling ${image}`)
  const credential = findCredential(credentials, registryOf(image))
  const authconfig = credential && { ...credential, serveraddress: registryOf(image) }
  const start = () => docker.pull(image, { ...(authconfig ? { authconfig } : {}), abortSignal: signal })
  const follow = async () => {
    for await (const { error } of readMessages(await start(), signal)) if (error) throw new Error(error)
  }
  await follow().catch((error: unknown) => {
    throw nameBaseFailure(toFailureError(error, 'base-image-missing', signal))
  })
}

/** To a build, an image that it may not have and one that is not there are the same. */
function nameBaseFailure(error: unknown): unknown {
  if (!(error instanceof FailureError) || !['image-missing', 'registry-denied'].includes(error.code)) return error
  return new FailureError('base-image-missing', { diagnosis: error.diagnosis ?? '', cause: error })
}

const form =
  /^(?:[\w.-]+(?::\d+)?\/|\[[0-9a-fA-F:]+\](?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/

/** @throws FailureError `base-image-missing` for what is no reference: it would else become a part of a question to the engine */
export function checkImageName(image: string, line: number): void {
  if (form.test(image)) return
  throw new FailureError('base-image-missing', { diagnosis: `line ${line} of the Dockerfile names no image: ${image}` })
}

/** The registry of an image's name, as Docker takes it: `acme/shop` is one of Docker's own, `localhost/shop` is not. */
export function registryOf(image: string): string {
  const first = image.includes('/') ? image.slice(0, image.indexOf('/')) : ''
  return /[.:A-Z]|^localhost$/.test(first) ? first : 'docker.io'
}
