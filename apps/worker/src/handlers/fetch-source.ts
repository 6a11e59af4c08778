import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { BuildPayload } from '@stevedore/contract'
import { durationMs, FailureError } from '@stevedore/contract'
import { findInside, type WorkContext } from '@stevedore/engine'
import { openUpload } from '@stevedore/ledger'
import { checkOutGit, maxSourceFiles, unpackArchive } from '@stevedore/source'
import type { Run } from '../executor/run.ts'
import { revealSecrets } from './credentials.ts'

export interface FetchedSource {
  /** The folder with the files. */
  dir: string
  /** The commit, or `upload` for an archive. */
  commit: string
  /** What `git describe` says; the upload's id otherwise. */
  describe: string
}

const longestFetchMs = 15 * 60_000

/** Brings the job's source into an empty folder of the workspace. @param pinned the commit that an earlier attempt checked out */
export async function fetchSource(
  run: Run,
  context: WorkContext,
  payload: Pick<BuildPayload, 'ref' | 'upload'>,
  pinned?: string,
): Promise<FetchedSource> {
  const dir = await run.worker.workspace.open(run.job.id)
  const limits = {
    maxBytes: run.worker.config.maxSourceBytes,
    maxFiles: maxSourceFiles,
    timeoutMs: Math.min(longestFetchMs, durationMs(run.spec.build.timeout)),
  }
  if (payload.upload) return unpackUpload(run, context, payload.upload, dir, limits)
  const { git, ref, credential } = run.spec.source
  if (!git) throw new FailureError('ref-not-found', { diagnosis: 'the app has no git source' })
  const secrets = await revealSecrets(run, credential ? [credential] : [])
  const { config } = run.worker
  const found = await checkOutGit({
    url: git,
    ref: payload.ref ?? ref,
    commit: pinned,
    dir,
    credential: credential ? secrets[credential] : undefined,
    knownHostsFile: join(config.dataDir, 'known_hosts'),
    allowedHosts: config.allowedHosts,
    allowFile: config.allowFileSources,
    limits,
    signal: context.signal,
    log: context.log,
  })
  return { dir, ...found }
}

async function unpackUpload(
  run: Run,
  context: WorkContext,
  upload: string,
  dir: string,
  limits: { maxBytes: number; maxFiles: number; timeoutMs: number },
): Promise<FetchedSource> {
  const stream = await openUpload(run.worker.ledger, { app: run.job.app, id: upload })
  if (!stream) throw new FailureError('bad-archive', { diagnosis: 'the upload is no longer kept' })
  await unpackArchive({ stream: Readable.from(stream), dir, limits, signal: context.signal })
  return { dir, commit: 'upload', describe: upload.slice(0, 8) }
}

/** A folder of the source that the spec names, links followed only as far as they stay inside. */
export function locateInside(source: FetchedSource, path: string): Promise<string> {
  return findInside(source.dir, path)
}
