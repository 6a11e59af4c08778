import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import { handOver, type TakenImage, type TakenOut, takeOut } from '../builder/hand-over.ts'
import { additionsOf, nameBase, nameInBuilder } from '../builder/names.ts'
import type { OpenBuilder } from '../builder/open.ts'
import type { JudgedDockerfile } from '../state/dockerfile.ts'
import { guardFetches } from './guard-fetches.ts'
import { removeReferences } from './remove-images.ts'
import { type Builder, runBuild } from './run-build.ts'

/** Builds in the builder, which gets the images that the build takes and gives the one that it made. */
export async function buildContained(
  builder: Builder,
  { inner, client, isSame }: OpenBuilder,
  build: ImageBuild,
  dockerfile: JudgedDockerfile,
  context: WorkContext,
): Promise<TakenOut> {
  const engines = { docker: builder.docker, inner }
  const guarding = { ...builder, isBuildKit: client !== undefined, isContained: true }
  const { rewritten, images, release } = await guardFetches(guarding, build, dockerfile.text, context)
  try {
    for (const image of images) await handOver(engines, image, builder.credentials, context)
    const within = { ...builder, docker: inner, client }
    const told = { ...context, log: (line: string) => context.log(nameAsWritten(line, images)) }
    const builtId = await runBuild(within, build, { ...dockerfile, rewritten }, told)
    return await takeOut(engines, builtId, context)
  } catch (error) {
    context.signal.throwIfAborted()
    // What a step ended with says nothing when all that ran has ended.
    if (!(await isSame()))
      throw new FailureError('builder-failed', { diagnosis: 'it ended while it built', cause: error })
    throw explainRefusal(error)
  } finally {
    const additions = images.map(({ name }) => name).filter((name) => name.startsWith(additionsOf(context.jobId)))
    await removeReferences(inner, additions, AbortSignal.timeout(releaseMs)).catch(() => undefined)
    await release().catch(() => undefined)
  }
}

/** The builder's words with the names that the Dockerfile has. */
function nameAsWritten(line: string, images: readonly TakenImage[]): string {
  if (!line.includes('stevedore.invalid/')) return line
  return images.reduce((text, { name, id }) => {
    const told = id === undefined ? text : text.replaceAll(nameBase(id), name)
    return nameInBuilder(name) === name ? told : told.replaceAll(nameInBuilder(name), name)
  }, line)
}

/** What is left has a name that nothing else has, and goes with the next attempt to clear up. */
const releaseMs = 3_000

const refused = /connection refused|ECONNREFUSED|no route to host|EHOSTUNREACH|network is unreachable/i
const hint =
  'steps reach no private network and no port of this machine but what BUILD_NETWORKS of the worker opens (docs/guide/builds.md)'

/** A step that was refused a connection may have asked for what is closed to it. */
function explainRefusal(error: unknown): unknown {
  if (!(error instanceof FailureError) || error.code !== 'build-failed' || !refused.test(error.diagnosis ?? ''))
    return error
  return new FailureError(error.code, { diagnosis: `${error.diagnosis}\n${hint}`, cause: error })
}
