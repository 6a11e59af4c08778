import {
  checkLedger,
  createFirstToken,
  grantService,
  listTokens,
  mayMigrate,
  migrateLedger,
  openLedger,
  ServiceRoleError,
} from '@stevedore/ledger'
import { migrateTransport, transportSchema } from '@stevedore/queue'
import { CommandError, exitStatus } from './command-error.ts'
import type { DatabaseConfig } from './config.ts'
import { choosePlace, type FirstTokenOptions } from './token-place.ts'

/** The two roles of a database. They are one where an operator has not separated them. */
export interface DatabaseRoles {
  /** Of whoever owns the tables. */
  ownerUrl: string
  /** Of whoever works with them, where that is another. */
  accountUrl: string | undefined
}

/** Brings the tables of the ledger, and of the queue where PostgreSQL carries it, up to date, and lets the service work with them. */
export async function migrateRoles(
  { ownerUrl, accountUrl }: DatabaseRoles,
  redisUrl: string | undefined,
): Promise<void> {
  await migrateLedger(ownerUrl)
  if (redisUrl === undefined) await migrateTransport(ownerUrl)
  const schemas = redisUrl === undefined ? [transportSchema] : []
  await grantService(ownerUrl, { accountUrl, schemas }).catch(explainRole)
}

function explainRole(error: unknown): never {
  if (!(error instanceof ServiceRoleError)) throw error
  throw new CommandError(
    exitStatus.failed,
    `The service's own role cannot be used: ${error.message}`,
    'Give SERVICE_DATABASE_URL a name that no other role has and a password, and DATABASE_URL a role with CREATEROLE; or make the role yourself: docs/guide/install.md.',
  )
}

/**
 * What a start does: the owner brings the tables up to date; another role finds them so, or does not start.
 * @throws a CommandError that says what to run
 */
export async function migrateOrCheck(roles: DatabaseRoles, redisUrl: string | undefined): Promise<void> {
  if (await mayMigrate(roles.ownerUrl)) return migrateRoles(roles, redisUrl)
  const ledger = openLedger({ url: roles.ownerUrl, maxConnections: 1 })
  try {
    if ((await checkLedger(ledger)).migrated) return
  } finally {
    await ledger.close()
  }
  throw new CommandError(
    exitStatus.failed,
    'The tables of DATABASE_URL are not those of this version of Stevedore, and its role may not change them',
    'Run `stevedore migrate` of this version with the DATABASE_URL of the role that owns them, then start again.',
  )
}

/** The roles that the config names, for whoever has both. */
export function readRoles({ databaseUrl, serviceDatabaseUrl }: DatabaseConfig): DatabaseRoles {
  return { ownerUrl: databaseUrl, accountUrl: serviceDatabaseUrl }
}

/** `stevedore migrate` */
export async function runMigrate(config: DatabaseConfig, options: FirstTokenOptions): Promise<void> {
  await migrateRoles(readRoles(config), config.redisUrl)
  console.log('The tables are up to date.')
  if (options.firstToken || options.firstTokenFile || options.firstTokenSecret)
    await makeFirstToken(config.databaseUrl, options)
}

/** An API that others can reach makes no token by itself: whoever reads its output would own it. */
async function makeFirstToken(url: string, options: FirstTokenOptions): Promise<void> {
  const ledger = openLedger({ url })
  try {
    const isLate = (await listTokens(ledger)).length > 0
    const place = isLate ? undefined : await choosePlace(options)
    const by = { actor: 'system', correlationId: 'first-token' }
    const token = place && (await createFirstToken(ledger, { by }))
    console.log(place && token ? await place.keep(token) : 'There has been a token before.')
  } finally {
    await ledger.close()
  }
}
