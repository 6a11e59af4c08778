import { join } from 'node:path'
import { Readable } from 'node:stream'
import { durationMs, FailureError, nameRef, type ResolvedBuild, stepResults } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import type { ArrivedPush } from '@stevedore/ledger'
import { checkOutGit, maxSourceFiles, unpackArchive } from '@stevedore/source'
import { nameFiles } from '../attempt/open.ts'
import type { Run } from '../attempt/run.ts'

export interface CheckedOut {
  /** The folder with the files. */
  dir: string
  /** The commit, or `upload` for an archive. */
  commit: string
  /** What `git describe` says; the upload's id otherwise. */
  describe: string
  /** What the build may miss. */
  warnings?: string[] | undefined
}

export type Wanted = Pick<ResolvedBuild, 'ref' | 'commit' | 'upload'> & Partial<Pick<ResolvedBuild, 'trusted'>>

/** Of a job that a push made the commit that was pushed, not whatever came since; else the source's own ref. */
export function nameAsked({ request: { trigger } }: Pick<Run['job'], 'request'>): Wanted {
  return { ref: trigger ? nameRef(trigger) : null, commit: trigger?.commit, upload: null }
}

const longestFetchMs = 15 * 60_000

/**
 * The step that brings the job's source into an empty folder of the workspace. The files are gone with an earlier attempt's worker, so
 * they are fetched again: at the very commit that it recorded, or that the job was made for.
 */
export async function checkOut(run: Run, wanted: Wanted, signal = run.signal): Promise<CheckedOut> {
  const earlier = run.kept('checkout', stepResults.checkout)
  let dir = ''
  const found = await run.step(
    'checkout',
    stepResults.checkout,
    async (context) => {
      dir = await run.worker.workspace.open(nameFiles(run.message))
      return fetchInto(run, context, dir, { ...wanted, commit: earlier?.commit ?? wanted.commit })
    },
    { always: true, signal },
  )
  return { dir, ...found }
}

async function fetchInto(run: Run, context: WorkContext, dir: string, { ref, commit, upload, trusted }: Wanted) {
  const limits = {
    maxBytes: run.worker.config.maxSourceBytes,
    maxFiles: maxSourceFiles,
    timeoutMs: Math.min(longestFetchMs, durationMs(run.spec.build.timeout)),
  }
  if (upload) return unpackUpload(run, context, upload, dir, limits)
  const { git, ref: usual, submodules, lfs } = run.spec.source
  if (!git) throw new FailureError('ref-not-found', { diagnosis: 'the app has no git source' })
  const { config } = run.worker
  const warnings: string[] = []
  const pushes = run.job.kind === 'build' ? await run.ledger.listEarlierPushes({ jobId: run.job.id }) : []
  const { behind = [], ...found } = await checkOutGit({
    url: git,
    ref: ref ?? usual,
    commit,
    later: pushes.map((push) => push.commit),
    dir,
    credential: await run.secrets.revealSourceCredential(),
    trusted,
    knownHostsFile: join(config.dataDir, 'known_hosts'),
    allowedHosts: config.allowedHosts,
    allowFile: config.allowFileSources,
    limits,
    signal: context.signal,
    log: context.log,
    warn: (line) => warnings.push(line),
    submodules,
    lfs,
  })
  await keepOrder(run, pushes, behind)
  return { ...found, ...(warnings.length > 0 ? { warnings } : {}) }
}

/**
 * Webhooks may arrive in another order than the pushes that they tell of, or be sent again by who has seen one: a commit that its branch
 * has left behind does not go over the later one for that.
 */
async function keepOrder(run: Run, pushes: readonly ArrivedPush[], behind: readonly string[]): Promise<void> {
  const first = pushes.findLast(({ commit }) => behind.includes(commit))
  if (!first) return
  run.log(`this push was told late: it goes before that of ${first.commit}, which came after it in the branch`)
  await run.ledger.takePlaceBefore({ delivery: first.delivery })
}

async function unpackUpload(
  run: Run,
  context: WorkContext,
  upload: string,
  dir: string,
  limits: { maxBytes: number; maxFiles: number; timeoutMs: number },
): Promise<Omit<CheckedOut, 'dir'>> {
  const stream = await run.ledger.openUpload({ app: run.job.app, id: upload })
  if (!stream) throw new FailureError('bad-archive', { diagnosis: 'the upload is no longer kept: it is for a day' })
  await unpackArchive({ stream: Readable.from(stream), dir, limits, signal: context.signal })
  return { commit: 'upload', describe: upload.slice(0, 8) }
}
