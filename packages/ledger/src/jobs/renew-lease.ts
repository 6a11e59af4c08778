import type { JobControl, JobMessage } from '@stevedore/contract'
import type { Pool } from 'pg'

/** Whose lease it is, and for how long it is taken. */
export type LeaseHolder = JobMessage & { workerId: string; leaseMs: number }

/**
 * Extends a lease that has not run out. undefined: the attempt is no longer this worker's, which must stop. Gives what people have
 * asked of the job meanwhile. Plain SQL, since it runs where nothing but the driver is loaded.
 */
export async function renewLease(
  { pool }: { pool: Pool },
  { jobId, attempt, workerId, leaseMs }: LeaseHolder,
): Promise<{ control: JobControl } | undefined> {
  const values = [jobId, attempt, workerId, Math.round(leaseMs)]
  const { rows } = await pool.query<{ control: JobControl }>({ name: 'renew-lease', text, values })
  return rows[0]
}

/** By its name, the server keeps its plan for the connection. */
const text = `update jobs set lease_until = now() + $4 * interval '1 millisecond'
     where id = $1 and attempt = $2 and worker_id = $3 and state = 'running' and lease_until > clock_timestamp()
     returning control`
