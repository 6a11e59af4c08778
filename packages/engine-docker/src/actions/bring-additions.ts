import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { maskAddresses } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import { fetchFile } from '@stevedore/source'
import type Docker from 'dockerode'
import { additionsOf } from '../builder/names.ts'
import { nameLine } from '../failure/line.ts'
import { type Addition, isRemote, nameOfAddress, refuse } from '../spec/dockerfile/fetches.ts'
import { isGitContext, readGitContext } from '../spec/dockerfile/git-context.ts'
import { type Replacement, writeCopy } from '../spec/dockerfile/rewrite.ts'
import { fetchRepository } from './fetch-repository.ts'
import { type Brought, importAdditions } from './import-additions.ts'
import { removeReferences } from './remove-images.ts'

interface BroughtAdditions {
  replacements: Replacement[]
  /** What holds them; undefined when nothing was brought. */
  image: string | undefined
  release(): Promise<void>
}

const removeMs = 3_000

/**
 * Fetches what ADD would have the builder fetch, and puts it into an image that a COPY takes it from: neither the context nor what
 * `.dockerignore` leaves of it changes, and both builders know how.
 */
export async function bringAdditions(
  docker: Docker,
  build: ImageBuild,
  additions: readonly Addition[],
  context: WorkContext,
): Promise<BroughtAdditions> {
  const image = `${additionsOf(context.jobId)}${randomUUID()}`
  const replacements = additions.map((addition, index) => replaceAddition(addition, index, image))
  const wanted = additions.flatMap(listWanted)
  if (wanted.length === 0) return { replacements, image: undefined, release: async () => {} }
  refuseAdditions(additions, build)
  const dir = await mkdtemp(`${resolve(build.contextDir)}.additions-`)
  try {
    const brought = await fetchAll(wanted, dir, build, context)
    await context.fence()
    await importAdditions(docker, image, brought, context.signal)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
  return { replacements, image, release: () => removeReferences(docker, [image], AbortSignal.timeout(removeMs)) }
}

/** What an address leads to, a file or a repository, and its path in the image. */
interface Wanted {
  addition: Addition
  url: string
  entry: string
}

function listWanted(addition: Addition, index: number): Wanted[] {
  const entries = listEntries(addition, index)
  return addition.sources.flatMap((url, at) => (isRemote(url) ? [{ addition, url, entry: entries[at] ?? '' }] : []))
}

/** A COPY takes of a folder what is in it, as an ADD does of a repository. */
function listEntries({ sources }: Addition, index: number): string[] {
  return sources.map((url, at) => `${index}/${at}/${isGitContext(url) ? '' : nameOfAddress(url) || 'file'}`)
}

function replaceAddition(addition: Addition, index: number, image: string): Replacement {
  const { instruction, sources, target } = addition
  const isFetched = sources.some(isRemote)
  const paths = isFetched ? listEntries(addition, index).map((entry) => `/${entry}`) : sources
  return { instruction, text: writeCopy(instruction, [...paths, target], isFetched ? image : undefined) }
}

/** @throws FailureError `address-not-allowed` for an address that the build may not have, or that is not fetched here */
export function refuseAdditions(additions: readonly Addition[], build: ImageBuild): void {
  for (const addition of additions) if (addition.sources.some(isRemote)) refuseUnfit(addition, build)
}

function refuseUnfit({ instruction, sources, target }: Addition, { reach }: ImageBuild): void {
  if (!reach.addresses)
    throw refuse(instruction, 'a build of code that is not trusted fetches no address: put the file into the source')
  for (const source of sources.filter(isGitContext)) readGitContext(instruction, source)
  const files = sources.filter((source) => !isGitContext(source))
  const isFolder = target === '.' || target.endsWith('/')
  if (isFolder && !files.every(nameOfAddress))
    throw refuse(instruction, `${target} is a folder, and the address names no file: give the file's own path`)
}

async function fetchAll(
  wanted: readonly Wanted[],
  dir: string,
  build: ImageBuild,
  context: WorkContext,
): Promise<Brought[]> {
  const brought: Brought[] = []
  for (const [index, one] of wanted.entries()) {
    const [path, address] = [join(dir, String(index)), maskAddresses(one.url)]
    context.log(`fetching ${address}`)
    const fetch = isGitContext(one.url) ? bringRepository : bringFile
    const fetched = await fetch(one, path, build, context).catch((error: unknown) => {
      throw nameLine(error, `line ${one.addition.instruction.line} of the Dockerfile adds ${address}`)
    })
    brought.push(fetched)
  }
  return brought
}

async function bringFile(
  { addition, url, entry }: Wanted,
  path: string,
  { reach: { allowedHosts, maxBytes } }: ImageBuild,
  { signal }: WorkContext,
): Promise<Brought> {
  const checksum = addition.instruction.flags.map((flag) => /^--checksum=(.*)/.exec(flag)?.[1]).find(Boolean)
  const rules = { allowedHosts, maxBytes, refusedCode: 'build-failed' } as const
  return { ...(await fetchFile({ url, path, checksum, ...rules, signal })), entry }
}

async function bringRepository(
  { addition, url, entry }: Wanted,
  path: string,
  build: ImageBuild,
  context: WorkContext,
): Promise<Brought> {
  const wanted = readGitContext(addition.instruction, url)
  return { folder: await fetchRepository(wanted, path, build, context), entry }
}
