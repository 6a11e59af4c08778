import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { maskAddresses } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import { type FetchedFile, fetchFile } from '@stevedore/source'
import type Docker from 'dockerode'
import { type Pack, pack } from 'tar-stream'
import { readMessages } from '../client/messages.ts'
import { nameLine } from '../failure/line.ts'
import { callEngine } from '../failure/translate.ts'
import { type Addition, isGitContext, isRemote, nameOfAddress, refuse } from '../spec/dockerfile/fetches.ts'
import { type Replacement, writeCopy } from '../spec/dockerfile/rewrite.ts'
import { additionsOf, removeReferences } from './remove-images.ts'

interface Brought {
  replacements: Replacement[]
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
): Promise<Brought> {
  const image = `${additionsOf(context.jobId)}${randomUUID()}`
  const replacements = additions.map((addition, index) => replaceAddition(addition, index, image))
  const wanted = additions.flatMap(listWanted)
  if (wanted.length === 0) return { replacements, release: async () => {} }
  refuseAdditions(additions, build)
  const dir = await mkdtemp(`${resolve(build.contextDir)}.additions-`)
  try {
    const files = await fetchAll(wanted, dir, build, context)
    await context.fence()
    await importFiles(docker, image, files, context.signal)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
  return { replacements, release: () => removeReferences(docker, [image], AbortSignal.timeout(removeMs)) }
}

/** A file of an address, and its path in the image. */
interface WantedFile {
  addition: Addition
  url: string
  entry: string
}

function listWanted(addition: Addition, index: number): WantedFile[] {
  const entries = listEntries(addition, index)
  return addition.sources.flatMap((url, at) => (isRemote(url) ? [{ addition, url, entry: entries[at] ?? '' }] : []))
}

function listEntries({ sources }: Addition, index: number): string[] {
  return sources.map((url, at) => `${index}/${at}/${(URL.canParse(url) && nameOfAddress(url)) || 'file'}`)
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
  if (sources.some(isGitContext))
    throw refuse(instruction, 'repositories are not fetched here: make it a submodule, or clone it in a RUN')
  const isFolder = target === '.' || target.endsWith('/')
  if (isFolder && !sources.every(nameOfAddress))
    throw refuse(instruction, `${target} is a folder, and the address names no file: give the file's own path`)
}

interface BroughtFile extends FetchedFile {
  entry: string
}

async function fetchAll(
  wanted: readonly WantedFile[],
  dir: string,
  { reach: { allowedHosts, maxBytes } }: ImageBuild,
  { signal, log }: WorkContext,
): Promise<BroughtFile[]> {
  const files: BroughtFile[] = []
  for (const [index, { addition, url, entry }] of wanted.entries()) {
    log(`fetching ${maskAddresses(url)}`)
    const path = join(dir, String(index))
    const checksum = addition.instruction.flags.map((flag) => /^--checksum=(.*)/.exec(flag)?.[1]).find(Boolean)
    const rules = { allowedHosts, maxBytes, refusedCode: 'build-failed' } as const
    const file = await fetchFile({ url, path, checksum, ...rules, signal }).catch((error: unknown) => {
      throw nameLine(error, `line ${addition.instruction.line} of the Dockerfile adds ${maskAddresses(url)}`)
    })
    files.push({ ...file, entry })
  }
  return files
}

async function importFiles(docker: Docker, image: string, files: readonly BroughtFile[], signal: AbortSignal) {
  const tar = pack()
  const [repo, tag] = [image.slice(0, image.lastIndexOf(':')), image.slice(image.lastIndexOf(':') + 1)]
  const load = async () => {
    void packFiles(tar, files).then(
      () => tar.finalize(),
      (error) => tar.destroy(error),
    )
    const stream = await docker.importImage(Readable.from(tar), { repo, tag, abortSignal: signal })
    for await (const { error } of readMessages(stream, signal)) if (error) throw new Error(error)
  }
  await callEngine(load, 'engine-unreachable', signal)
}

/** Builders give what they fetch to root alone. */
async function packFiles(tar: Pack, files: readonly BroughtFile[]): Promise<void> {
  for (const { entry: name, path, bytes: size, changedAt: mtime } of files) {
    const entry = tar.entry({ name, size, mtime, mode: 0o600 })
    if (size === 0) entry.end(null)
    else await pipeline(createReadStream(path), entry as unknown as NodeJS.WritableStream)
  }
}
