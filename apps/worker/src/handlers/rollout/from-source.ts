import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import {
  type EnvironmentSpec,
  FailureError,
  type FileSetting,
  listFiles,
  listSourceFiles,
  maxFileBytes,
  maxFilesBytes,
  type ResolvedDeploy,
} from '@stevedore/contract'
import { findInside, toUnreadable } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { checkOut, nameAsked, type Wanted } from '../check-out.ts'

type Version = Pick<ResolvedDeploy, 'version' | 'target'>

/**
 * The settings with the content of the files that they take from the source, for a revision that is about to be recorded: it is recorded with it,
 * so that no return to the revision needs the source. Of the commit that the version was built of; where no build of it is known, what
 * manifests are taken from.
 * @throws FailureError `path-missing`, `path-outside-source`, `path-unreadable`, `files-too-large`, and as `checkOut` does
 */
export async function takeFiles(run: Run, settings: EnvironmentSpec, version?: Version): Promise<EnvironmentSpec> {
  const wanted = new Map(listSourceFiles(settings).map(({ path, from }) => [path, from]))
  if (wanted.size === 0) return settings
  const { dir, commit } = await checkOut(run, await findSource(run, version))
  const entries = Object.entries(settings.files ?? {}).map(async ([path, file]): Promise<[string, FileSetting]> => {
    const from = wanted.get(path)
    return [path, from === undefined ? file : { ...file, ...(await takeContent(dir, from)) }]
  })
  const files = Object.fromEntries(await Promise.all(entries))
  refuseTooMuch(listFiles({ files }).reduce((sum, { content }) => sum + content.length, 0))
  run.log(`${[...wanted.values()].join(', ')} taken from the source at ${commit}`)
  return { ...settings, files }
}

async function findSource(run: Run, version: Version | undefined): Promise<Wanted> {
  const image = version && (await findImage(run, version))
  const job = image && (await run.ledger.getJob(image.jobId))
  if (job?.resolved.kind !== 'build') return nameAsked(run.job)
  const { ref, upload, trusted } = job.resolved
  return { ref, upload, trusted, commit: image?.report.vcs_ref }
}

async function findImage({ ledger, job: { app } }: Run, { version, target }: Version) {
  const [image] = await ledger.listImages({ app, version, ...(target === null ? {} : { target }), limit: 1 })
  return image
}

async function takeContent(dir: string, from: string): Promise<Pick<FileSetting, 'text' | 'encoded'>> {
  const content = await readPlain(from, await findInside(dir, from))
  // A text with NUL would not be stored as it is.
  const isText = isUtf8(content) && !content.includes(0)
  return isText ? { text: content.toString('utf8') } : { encoded: content.toString('base64') }
}

async function readPlain(from: string, found: string): Promise<Buffer> {
  const { size, isPlain } = await stat(found).then((one) => ({ size: one.size, isPlain: one.isFile() }))
  if (!isPlain) throw new FailureError('path-unreadable', { diagnosis: `${from} is not a file` })
  if (size > maxFileBytes)
    throw new FailureError('files-too-large', { diagnosis: `${from} has ${size} bytes, at most are ${maxFileBytes}` })
  return readFile(found).catch((error: unknown) => {
    throw toUnreadable(from, error)
  })
}

function refuseTooMuch(bytes: number): void {
  if (bytes <= maxFilesBytes) return
  const diagnosis = `the files of the environment have ${bytes} bytes together, at most are ${maxFilesBytes}`
  throw new FailureError('files-too-large', { diagnosis })
}
