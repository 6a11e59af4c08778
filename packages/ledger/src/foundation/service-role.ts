import { type Client, DatabaseError } from 'pg'

/** A group: the operator grants it to the role that the service signs in as, where that is not the one that migrates. */
const serviceRole = 'stevedore_service'

const alreadyThere = '42710'
/** Two databases of one server may create the role at the same moment. */
const createdMeanwhile = '23505'
const insufficientRight = '42501'

/**
 * Gives the service role what the service needs: everything but changing the audit trail and the schema. A migrating role that
 * may not create roles leaves it out; the triggers protect the trail all the same.
 */
export async function grantServiceRole(client: Client): Promise<void> {
  try {
    await client.query(`CREATE ROLE ${serviceRole} NOLOGIN`)
  } catch (error) {
    const code = error instanceof DatabaseError ? error.code : undefined
    if (code === insufficientRight) return
    if (code !== alreadyThere && code !== createdMeanwhile) throw error
  }
  for (const statement of grants) await client.query(statement)
}

const grants = [
  `GRANT USAGE ON SCHEMA public, drizzle TO ${serviceRole}`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${serviceRole}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${serviceRole}`,
  `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${serviceRole}`,
  `REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM ${serviceRole}`,
]
