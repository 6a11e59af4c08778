import {
  type EnvironmentRecord,
  findDeployed,
  getEnvironment,
  type Ledger,
  listImages,
  listRevisions,
  openUpload,
  type Revision,
} from '@stevedore/ledger'
import type { ImageFacts } from './resolve-request.ts'

/** What there is now, as far as a request may need it. Each is read only when the request asks for it. */
export interface Facts {
  /** Newest first. */
  listImages(): Promise<readonly ImageFacts[]>
  listRevisions(environment: string): Promise<readonly Revision[]>
  getEnvironment(environment: string): Promise<EnvironmentRecord | undefined>
  /** What runs, or was last meant to. */
  findDeployed(environment: string): Promise<Revision | undefined>
  hasUpload(id: string): Promise<boolean>
}

/** The facts of one app. */
export function readFacts(ledger: Ledger, app: string): Facts {
  return {
    listImages: () => listImages(ledger, { app }),
    listRevisions: (environment) => listRevisions(ledger, { app, environment }),
    getEnvironment: (environment) => getEnvironment(ledger, app, environment),
    findDeployed: (environment) => findDeployed(ledger, { app, environment }),
    hasUpload: async (id) => (await openUpload(ledger, { app, id })) !== undefined,
  }
}
