import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg'
import { withClient, withMigrationLock } from './migrate.ts'

/** A group: who is in it may work with the tables, and neither change them nor what the trail holds. */
const serviceRole = 'stevedore_service'

/** The account of the service cannot be made, or would protect nothing. Its message is for the operator. */
export class ServiceRoleError extends Error {
  override readonly name = 'ServiceRoleError'
}

const alreadyThere = '42710'
/** Two databases of one server may create the role at the same moment. */
const createdMeanwhile = '23505'
const insufficientRight = '42501'

export interface ServiceAccess {
  /**
   * What the service signs in with, where it is not the role that migrates: made, or given its password anew. One that an administrator made is
   * taken as it is.
   */
  accountUrl?: string | undefined
  /** Schemas beside the ledger's, in which the service may also make what it needs: the queue makes a sequence for each of its queues. */
  schemas?: readonly string[]
}

/**
 * Gives the group `stevedore_service` what the service needs: everything but changing the audit trail and the schema, also of tables that a later
 * migration makes. Safe to repeat. A migrating role that may not create roles leaves a group out that is not there; the triggers protect
 * the trail all the same. Throws a ServiceRoleError where an account is asked for and can be neither
 * made nor used.
 * @param url of the owner
 */
export async function grantService(url: string, { accountUrl, schemas = [] }: ServiceAccess = {}): Promise<void> {
  await withMigrationLock(url, async (client) => {
    const isThere = await ensureGroup(client)
    if (!isThere && accountUrl) throw new ServiceRoleError(`the role that migrates may not create ${serviceRole}`)
    if (!isThere) return
    // As one: in between the group would have more than it should.
    await client.query(['BEGIN', ...(await listGrants(client, schemas)), 'COMMIT'].join('; '))
    if (accountUrl) await ensureAccount(client, new URL(accountUrl))
  })
}

/** Whether the group is there now. */
async function ensureGroup(client: Client): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [serviceRole])
  if (rowCount) return true
  try {
    await client.query(`CREATE ROLE ${serviceRole} NOLOGIN`)
    return true
  } catch (error) {
    const code = error instanceof DatabaseError ? error.code : undefined
    if (code === insufficientRight) return false
    if (code !== alreadyThere && code !== createdMeanwhile) throw error
    return true
  }
}

const onTables = 'SELECT, INSERT, UPDATE, DELETE'
const onSequences = 'USAGE, SELECT, UPDATE'

async function listGrants(client: Client, schemas: readonly string[]): Promise<string[]> {
  const worked = ['public', ...schemas]
  return [
    ...worked
      .map(escapeIdentifier)
      .flatMap((schema) => [
        `GRANT USAGE ON SCHEMA ${schema} TO ${serviceRole}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${onTables} ON TABLES TO ${serviceRole}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${onSequences} ON SEQUENCES TO ${serviceRole}`,
      ]),
    ...(await listObjectGrants(client, worked)),
    ...schemas.map((schema) => `GRANT CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${serviceRole}`),
    `GRANT USAGE ON SCHEMA drizzle TO ${serviceRole}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${serviceRole}`,
    `REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM ${serviceRole}`,
    // As PostgreSQL has it from 15 on; a database that is older may still let everybody make functions there.
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ]
}

/** One by one, since ALL TABLES fails at the first that another role made: the service makes a sequence for each of its queues. */
async function listObjectGrants(client: Client, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT %s ON %s %I.%I TO ${serviceRole}',
       CASE relkind WHEN 'S' THEN '${onSequences}' ELSE '${onTables}' END,
       CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname) AS statement
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = ANY($1) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_has_role(relowner, 'USAGE')`,
    [schemas],
  )
  return rows.map(({ statement }) => statement)
}

async function ensureAccount(client: Client, account: URL): Promise<void> {
  const [name, password] = [account.username, account.password].map(decodeURIComponent)
  if (!name || !password) throw new ServiceRoleError('SERVICE_DATABASE_URL names no role or no password')
  const { rows } = await client.query<{ rules: boolean; serves: boolean }>(
    `SELECT rolsuper OR rolcreaterole OR pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = 'audit'::regclass), 'MEMBER') AS rules,
       pg_has_role(oid, '${serviceRole}', 'USAGE') AS serves
     FROM pg_roles WHERE rolname = $1`,
    [name],
  )
  if (rows[0]?.rules)
    throw new ServiceRoleError(`the role ${name} of SERVICE_DATABASE_URL owns the tables, or rules roles`)
  try {
    await writeAccount(client, rows.length > 0 ? 'ALTER' : 'CREATE', name, password)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (rows[0]?.serves) return signIn(account, name, error)
    if (error.code !== insufficientRight) throw error
    throw new ServiceRoleError(
      `the role that migrates may not make ${name} a member of ${serviceRole}: ${error.message}`,
    )
  }
}

async function writeAccount(client: Client, verb: 'ALTER' | 'CREATE', name: string, password: string): Promise<void> {
  const role = escapeIdentifier(name)
  await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${escapeLiteral(toVerifier(password))}`)
  await client.query(`GRANT ${serviceRole} TO ${role}`)
}

/** An administrator made the account, and this role may not touch it: it will do where it can sign in. */
async function signIn({ href }: URL, name: string, refusal: Error): Promise<void> {
  await withClient(href, async () => {}).catch((error: Error) => {
    throw new ServiceRoleError(
      `${name} cannot sign in with the password of SERVICE_DATABASE_URL (${error.message}), and the role that migrates may not set it: ${refusal.message}`,
    )
  })
}

/** What PostgreSQL keeps of a password (SCRAM-SHA-256): sent instead of it, so that no log of statements holds one. */
function toVerifier(password: string): string {
  const iterations = 4_096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`
}
