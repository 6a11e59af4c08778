import type { EnvironmentView, RevisionView } from '@stevedore/contract'
import { environmentView } from '@stevedore/contract'
import type { EnvironmentRecord, Revision } from '@stevedore/ledger'

export function viewEnvironment(
  place: { app: string; environment: string },
  record: EnvironmentRecord | undefined,
  current: Revision | undefined,
): EnvironmentView {
  return {
    app: place.app,
    environment: place.environment,
    desired: current ? viewRevision(current) : null,
    observed: record ? viewObservation(record) : null,
    changedSecrets: [],
    pinnedBy: record?.pinnedBy ?? null,
    activeJobId: record?.activeJobId ?? null,
  }
}

/** An observation as an older or newer worker wrote it may not be readable: then there is none. */
function viewObservation({ observed, observedAt }: EnvironmentRecord): EnvironmentView['observed'] {
  if (!observedAt || typeof observed !== 'object' || observed === null) return null
  const parsed = environmentView.shape.observed.safeParse({ ...observed, at: observedAt.toISOString() })
  return parsed.success ? parsed.data : null
}

export function viewRevision(revision: Revision): RevisionView {
  return {
    number: revision.number,
    image: revision.image,
    version: revision.version,
    strategy: revision.strategy,
    state: revision.state,
    cause: revision.cause,
    specVersion: revision.specVersion,
    settings: revision.settings,
    secrets: [],
    jobId: revision.jobId,
    createdBy: revision.createdBy,
    createdAt: revision.createdAt.toISOString(),
    activatedAt: revision.activatedAt?.toISOString() ?? null,
  }
}
