import { join } from 'node:path'

/** What `stevedore up` leaves in the data directory, so that the command line of the same user works at once. */
export const localFiles = {
  /** The first admin token. */
  token: (dataDir: string) => join(dataDir, 'token'),
  /** The address of the running server. */
  url: (dataDir: string) => join(dataDir, 'url'),
} as const
