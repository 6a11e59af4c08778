import { type EnvironmentView, failures, type RevisionView, withoutContents } from '@stevedore/contract'
import {
  type EnvironmentRecord,
  findChangedSecrets,
  findLastFailure,
  getJob,
  getRevision,
  type Job,
  type Ledger,
  listSchedules,
  type Revision,
} from '@stevedore/ledger'
import { countReplicas } from './count-replicas.ts'
import { viewSchedule } from './schedule-view.ts'
import { viewServices } from './service-view.ts'

/** @param record undefined until something is deployed there for the first time */
export async function viewEnvironment(
  ledger: Ledger,
  { app, environment }: { app: string; environment: string },
  record: EnvironmentRecord | undefined,
): Promise<EnvironmentView> {
  const number = record?.currentRevision ?? null
  const current = number === null ? undefined : await getRevision(ledger, app, environment, number)
  const activeJobId = record?.activeJobId ?? null
  const failed = record && (await findLastFailure(ledger, { app, environment }))
  return {
    app,
    environment,
    desired: current ? viewListed(current) : null,
    observed: record ? viewObservation(record) : null,
    replicas: record ? countReplicas(record) : null,
    changedSecrets: current ? await findChangedSecrets(ledger, current) : [],
    lastFailure: failed ? viewLastFailure(failed) : null,
    pinnedBy: record?.pinnedBy ?? null,
    activeJobId,
    waitingFor: (activeJobId === null ? undefined : await getJob(ledger, activeJobId))?.waitingFor ?? null,
    services: await viewServices(ledger, { app, environment }, record?.observed ?? null),
    schedules: (await listSchedules(ledger, { app, environment })).map(viewSchedule),
  }
}

function viewLastFailure({ id, kind, error, finishedAt, createdAt }: Job): EnvironmentView['lastFailure'] {
  const { code, message } = error ?? { code: 'internal', message: failures.internal.title }
  return { jobId: id, kind, code, message, at: (finishedAt ?? createdAt).toISOString() }
}

function viewObservation({ observed, observedAt }: EnvironmentRecord): EnvironmentView['observed'] {
  return observed && observedAt ? { ...observed, at: observedAt.toISOString() } : null
}

/** One of many, or beside much else: without what is in its files. */
export function viewListed(revision: Revision): RevisionView {
  return viewRevision({ ...revision, settings: withoutContents(revision.settings) })
}

export function viewRevision(revision: Revision): RevisionView {
  return {
    number: revision.number,
    image: revision.image,
    version: revision.version,
    target: revision.target,
    strategy: revision.strategy,
    state: revision.state,
    cause: revision.cause,
    specVersion: revision.specVersion,
    settings: revision.settings,
    scale: revision.scale,
    secrets: revision.secrets.map(({ name, version }) => ({ name, version })),
    jobId: revision.jobId,
    createdBy: revision.createdBy,
    createdAt: revision.createdAt.toISOString(),
    activatedAt: revision.activatedAt?.toISOString() ?? null,
  }
}
