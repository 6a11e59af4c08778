import type { Resource } from '@stevedore/contract'
import {
  type Denied,
  type EnvironmentRecord,
  findCredential,
  findDeployed,
  findForeign,
  getEnvironment,
  getJob,
  type Ledger,
  listImages,
  listRevisions,
  listSecrets,
  openUpload,
  type Revision,
  type StoredCredential,
} from '@stevedore/ledger'
import { type Claimant, readClaimants } from './claimants.ts'
import type { ImageFacts } from './image-facts.ts'
import { holds } from './secret-in-use.ts'

/** What there is now, as far as a request may need it. Each is read only when the request asks for it. */
export interface Facts {
  /** Newest first; those of one version where it is given. */
  listImages(version?: string): Promise<readonly ImageFacts[]>
  listRevisions(environment: string): Promise<readonly Revision[]>
  getEnvironment(environment: string): Promise<EnvironmentRecord | undefined>
  /** What runs, or was last meant to. */
  findDeployed(environment: string): Promise<Revision | undefined>
  /** The job that holds the environment while it is paused between two revisions. */
  findHeld(environment: string): Promise<string | undefined>
  hasUpload(id: string): Promise<boolean>
  /** Of these names those without a value that holds for the app or, where one is given, for its environment. */
  listMissing(names: readonly string[], environment?: string): Promise<string[]>
  /** The stored credential that holds for the app; undefined where there is none. */
  findCredential(name: string): Promise<StoredCredential | undefined>
  /** Of these those that other apps have and this one has not. */
  findForeign(resources: readonly Resource[]): Promise<Denied[]>
  /** Of all apps. */
  listClaimants(): Promise<readonly Claimant[]>
}

/**
 * The facts of one app.
 * @param each makes each read, for callers that wait while the ledger is away, or share what is read; reads of one key read the same
 */
export function readFacts(
  ledger: Ledger,
  app: string,
  each: <T>(read: () => Promise<T>, key: string) => Promise<T> = (read) => read(),
): Facts {
  const own = <T>(what: string, asked: unknown, read: () => Promise<T>) =>
    each(read, JSON.stringify([what, app, asked]))
  return {
    listImages: (version) =>
      own('images', version, () => listImages(ledger, { app, ...(version !== undefined && { version }) })),
    listRevisions: (environment) => own('revisions', environment, () => listRevisions(ledger, { app, environment })),
    getEnvironment: (environment) => own('environment', environment, () => getEnvironment(ledger, app, environment)),
    findDeployed: (environment) => own('deployed', environment, () => findDeployed(ledger, { app, environment })),
    findHeld: async (environment) => {
      const active = (await own('environment', environment, () => getEnvironment(ledger, app, environment)))
        ?.activeJobId
      if (active == null) return undefined
      const job = await own('job', active, () => getJob(ledger, active))
      return job?.waitingFor === 'pause' || job?.waitingFor === 'promotion' ? job.id : undefined
    },
    hasUpload: async (id) => (await own('upload', id, () => openUpload(ledger, { app, id }))) !== undefined,
    listMissing: async (names, environment) => {
      if (names.length === 0) return []
      const stored = await each(() => listSecrets(ledger, {}), 'secrets')
      const holding = new Set(stored.filter((one) => holds(one, app, environment ?? null)).map(({ name }) => name))
      return names.filter((name) => !holding.has(name))
    },
    findCredential: (name) => own('credential', name, () => findCredential(ledger, { name, app })),
    findForeign: (resources) => own('foreign', resources, () => findForeign(ledger, { app, resources })),
    listClaimants: () => each(() => readClaimants(ledger), 'claimants'),
  }
}
