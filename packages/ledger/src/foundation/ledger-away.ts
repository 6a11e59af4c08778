/** Of the operating system, as Node names them: Postgres was not reached, or no longer answers. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_DESTROYED',
])

/**
 * SQLSTATEs: connection exceptions (08), insufficient resources such as a full disk (53), shutdown and cancellation (57), system errors (58),
 * a session ended for standing idle in a transaction (25P03), and a server that has become read-only (25006).
 */
const sqlStates = /^(08...|53...|57P0.|57014|58...|25P03|25006)$/

/** The driver gives these no code. */
const driverMessages =
  /timeout exceeded when trying to connect|connection terminated|connection timeout|query read timeout|timeout expired|not queryable|after calling end on the pool/i

/** Whether an error means that the ledger cannot be used right now, and that the same call may work later. */
export function isLedgerAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string') return networkCodes.has(code) || sqlStates.test(code)
  return driverMessages.test(error.message) || isLedgerAway(error.cause)
}
