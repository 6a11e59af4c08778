import type { EnvironmentSpec, JobMessage } from '@stevedore/contract'
import { findDeployed, getJob, getRevision, getSpecVersion, type Job } from '@stevedore/ledger'
import { HandBack } from '@stevedore/queue'
import type { Away } from '../sites/sites.ts'
import type { Worker } from '../worker.ts'

/**
 * What the job of a message needs and is away; undefined where nothing is. Nothing was claimed yet, so that a job which another worker can do is
 * left to it without a trace.
 * @throws HandBack
 */
export async function findAbsence(worker: Worker, { jobId }: JobMessage): Promise<Away | undefined> {
  const away = worker.sites.listAway()
  if (away.length === 0) return undefined
  const job = await getJob(worker.ledger, jobId)
  if (!job) return undefined
  const names = await listNeeds(worker, job)
  const absence = away.find(({ site }) => names.includes(site))
  if (absence && worker.sites.canOthers(job.kind, names)) throw new HandBack()
  return absence
}

/** The names of the sites that a job works on. A host that this worker does not know is for its handler to tell of. */
async function listNeeds(worker: Worker, job: Job): Promise<string[]> {
  const { kind, app, environment } = job
  const { engines } = worker
  if (kind === 'build' || kind === 'push' || environment === null) return [engines.images.site.name]
  const settings = await findSettings(worker, { ...job, environment })
  if (!settings) return []
  try {
    return engines.deploy[settings.engine].listSites({ app, environment, settings }).map(({ name }) => name)
  } catch {
    return []
  }
}

/** Of what it brings there: a rollback's are those of then, a removal's, a restart's and a change of scale's those of what runs, a command's those of its revision. */
async function findSettings(
  { ledger }: Worker,
  { app, environment, specVersion, resolved }: Job & { environment: string },
): Promise<EnvironmentSpec | undefined> {
  if ('toRevision' in resolved) return (await getRevision(ledger, app, environment, resolved.toRevision))?.settings
  if ('revision' in resolved) return (await getRevision(ledger, app, environment, resolved.revision))?.settings
  if ('remove' in resolved || 'restart' in resolved || 'scale' in resolved)
    return (await findDeployed(ledger, { app, environment }))?.settings
  return (await getSpecVersion(ledger, app, specVersion))?.environments[environment]
}
