import { FailureError, nameGrantCommand, nameRepository } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import {
  findStage,
  type Given,
  type Instruction,
  listNeeded,
  parseInstructions,
  readDirectives,
  readEscapeMark,
  readGlobals,
  type Scope,
} from '@stevedore/formats'
import type { ListAllowedHosts } from '@stevedore/source'
import type Docker from 'dockerode'
import type { TakenImage } from '../builder/hand-over.ts'
import { nameBase, nameInBuilder } from '../builder/names.ts'
import { type BaseSettings, bringBase, checkImageName, readBase, registryOf } from '../client/base-images.ts'
import { checkRegistry } from '../client/registry/check-registry.ts'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import { nameLine } from '../failure/line.ts'
import {
  type Addition,
  type ImageFetch,
  listAdditions,
  listFetches,
  listTriggerFetches,
  refuseAmbiguous,
  type StageFetches,
} from '../spec/dockerfile/fetches.ts'
import { findDeniedRequest } from '../spec/dockerfile/policy.ts'
import { type Replacement, rewriteDockerfile, writeFrom } from '../spec/dockerfile/rewrite.ts'
import { readPlatform } from '../state/platform.ts'
import { bringAdditions, refuseAdditions } from './bring-additions.ts'

interface Builder {
  docker: Docker
  isBuildKit: boolean
  /** Whether what the build takes is handed to another engine, under names that it can look up by itself. */
  isContained: boolean
  credentials: WorkerCredentials
  listAllowedHosts: ListAllowedHosts
}

/** A Dockerfile whose build fetches nothing that was not judged. */
export interface GuardedDockerfile {
  /** What the builder gets instead of the Dockerfile; undefined when it may have it as it is. */
  rewritten: string | undefined
  /** All images that the builder takes. */
  images: readonly TakenImage[]
  /** Takes away what was made for the build. */
  release(): Promise<void>
}

/**
 * Judges what the builder would fetch by itself, on the network of the engine's machine: bases, images that are copied from, addresses.
 * A base is brought now, for what it does in those that begin from it counts as well; files of addresses are fetched here and handed to
 * the builder in an image, so that no redirect and no second look-up of a name leads it elsewhere.
 * @throws FailureError `address-not-allowed`, `base-not-granted`, `base-image-missing`, `source-unreachable`, …
 */
export async function guardFetches(
  builder: Builder,
  build: ImageBuild,
  text: string,
  context: WorkContext,
): Promise<GuardedDockerfile> {
  const given: Given = {
    args: build.args,
    platform: builder.isBuildKit ? await readPlatform(builder.docker, context.signal) : {},
    escapeMark: readEscapeMark(text),
  }
  const instructions = parseInstructions(text, builder.isBuildKit ? 'skip' : 'read')
  refuseAmbiguous(text, instructions)
  const all = listFetches(instructions, given)
  const stages = listNeededStages(all, build.target, builder.isBuildKit)
  const globals = readGlobals(instructions, given)
  const spared = all.map((stage) => (stages.includes(stage) ? undefined : stage))
  refuseAdditions(collectAdditions(spared, new Map(), globals, given), build)
  const { bases, taken } = await openBases(builder, build, all, stages, context)
  const additions = collectAdditions(stages, bases, globals, given)
  const brought = await bringAdditions(builder.docker, build, additions, context)
  const replacements = [...stages.flatMap((stage) => replaceNames(stage, builder, bases)), ...brought.replacements]
  const rewritten = replacements.length === 0 ? undefined : rewriteDockerfile(text, replacements)
  const syntax = builder.isBuildKit ? readDirectives(text).get('syntax') : undefined
  const named = [...taken, syntax, brought.image].filter((name) => name !== undefined)
  const images = [...new Set(named)].map((name) => ({ name, id: bases.get(name)?.id }))
  return { rewritten, images, release: brought.release }
}

/** By their positions. The classic builder makes every stage up to the target, BuildKit those that it needs. */
type NeededStages = readonly (StageFetches | undefined)[]

function listNeededStages(
  stages: readonly StageFetches[],
  target: string | undefined,
  isBuildKit: boolean,
): NeededStages {
  const all = stages.map(({ stage }) => stage)
  const last = (target === undefined ? undefined : findStage(all, target)) ?? all.length - 1
  const needed = listNeeded(all, last)
  return stages.map((stage, index) => (needed.has(index) || (!isBuildKit && index <= last) ? stage : undefined))
}

/** What each base brings along, by its name, and all that the builder takes. Of a stage that is not needed, the addresses are judged and nothing is brought. */
async function openBases(
  builder: Builder,
  { app, reach }: ImageBuild,
  all: readonly StageFetches[],
  needed: NeededStages,
  context: WorkContext,
): Promise<{ bases: Map<string, BaseSettings>; taken: Set<string> }> {
  const bases = new Map<string, BaseSettings>()
  const taken = new Set<string>()
  for (const { base, images } of all.filter((stage) => !needed.includes(stage)))
    for (const fetch of [...(base ? [base] : []), ...images]) await judge(fetch)
  for (const { base, images } of needed.filter((stage) => stage !== undefined)) {
    const settings = base && (bases.get(base.image) ?? (await openBase(base)))
    if (base && settings) bases.set(base.image, settings)
    const copied = [...images, ...(base && settings ? judgeTriggers(base, settings) : [])]
    for (const fetch of copied) await judge(fetch)
    for (const { image } of [...(base ? [base] : []), ...copied]) taken.add(image)
  }
  return { bases, taken }

  async function openBase(base: ImageFetch): Promise<BaseSettings | undefined> {
    await judge(base)
    const found = await readBase(builder.docker, base.image)
    if (found) return found
    await bringBase(builder.docker, base.image, builder.credentials, context)
    return readBase(builder.docker, base.image)
  }

  /** What the engine has, it asks nobody for. */
  async function judge({ image, line }: ImageFetch): Promise<void> {
    checkImageName(image, line)
    const repository = nameRepository(image)
    if (reach.foreign.includes(repository)) throw refuseForeign(app, { image, line }, repository)
    const found = await readBase(builder.docker, image)
    if (found && isId(image) && found.app !== undefined && found.app !== app)
      throw refuseForeign(app, { image, line }, undefined)
    if (found) return
    await checkRegistry(registryOf(image), reach, builder.listAllowedHosts).catch((error: unknown) => {
      throw nameLine(error, `line ${line} of the Dockerfile takes ${image}`)
    })
  }
}

/** What the engine takes for the beginning of an image's id as well, under whatever name that was built. */
function isId(image: string): boolean {
  return /^(sha256:)?[0-9a-f]{2,64}$/.test(image)
}

function refuseForeign(app: string, { image, line }: ImageFetch, repository: string | undefined): FailureError {
  const remedy = repository
    ? `a server-wide administrator lets it: \`${nameGrantCommand({ kind: 'repository', name: repository, context: '' }, app, 'read')}\``
    : 'name it by its repository, not by its id'
  const diagnosis = `line ${line} of the Dockerfile takes ${image}, which is of another app: ${remedy}`
  return new FailureError('base-not-granted', { diagnosis })
}

function judgeTriggers(base: ImageFetch, { triggers }: BaseSettings): ImageFetch[] {
  const denied = triggers.map((trigger) => findDeniedRequest(trigger, [])).find((found) => found !== undefined)
  if (denied) throw new FailureError('entitlement-denied', { diagnosis: `${base.image}: ${denied}` })
  return listTriggerFetches(triggers, base)
}

/** A stage begins with the variables of the one that it begins from. */
function collectAdditions(
  stages: NeededStages,
  bases: ReadonlyMap<string, BaseSettings>,
  globals: Scope,
  given: Given,
): Addition[] {
  const scopes = new Map<number, Scope>()
  return stages.flatMap((stage, index) => {
    if (!stage) return []
    const parent = stage.base ? undefined : scopes.get(stage.stage.parent ?? -1)
    const env = stage.base ? bases.get(stage.base.image)?.env : parent?.env
    const scope: Scope = { args: new Map(parent?.args), env: new Map(env) }
    scopes.set(index, scope)
    return listAdditions(stage, scope, globals, given)
  })
}

/** What names images: a FROM by its variables or, for another engine, by what was judged; a COPY from one that goes by its digest. */
function replaceNames(
  stage: StageFetches | undefined,
  { isContained }: Builder,
  bases: ReadonlyMap<string, BaseSettings>,
): Replacement[] {
  if (!stage) return []
  const id = isContained && stage.base ? bases.get(stage.base.image)?.id : undefined
  const from = id === undefined ? stage.from : stage.told
  const base = id === undefined ? undefined : nameBase(id)
  return [
    ...(from ? [{ instruction: from, text: writeFrom(from, base) }] : []),
    ...(isContained ? stage.instructions.flatMap((instruction) => replaceOrigin(instruction, stage)) : []),
  ]
}

function replaceOrigin(instruction: Instruction, { images }: StageFetches): Replacement[] {
  const pinned = images.find(({ image, line }) => line === instruction.line && nameInBuilder(image) !== image)?.image
  if (instruction.name !== 'COPY' || instruction.onBuild || pinned === undefined) return []
  const flagText = instruction.flagText.replace(pinned, () => nameInBuilder(pinned))
  return [{ instruction, text: ['COPY', flagText, instruction.rest].join(' ') }]
}
