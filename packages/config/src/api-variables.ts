import { masterKey } from './master-key.ts'
import { address, wholeNumber } from './values.ts'
import { text, variable } from './variable.ts'

/** What the API keeps, and how many it answers at once. */
export const apiVariables = {
  STEVEDORE_WEBHOOK_SPOOL: variable(
    text.optional(),
    'The folder that the API keeps webhooks in while the ledger is away, on storage that outlives it. `off`, where there is none: then they are answered `503` and held in memory.',
    { default: 'webhooks in STEVEDORE_DATA_DIR' },
  ),
  STEVEDORE_AUDIT_KEY: variable(
    masterKey.optional(),
    'The 32 bytes, in base64 or hexadecimal, that sign checkpoints of the audit trail (Ed25519). Without it they are generated in the data directory.',
  ),
  STEVEDORE_AUDIT_CHECKPOINTS: variable(
    text.optional(),
    'The file that the API keeps signed checkpoints of the audit trail in: on storage that outlives it, out of the database’s reach.',
    { default: 'audit-checkpoints in STEVEDORE_DATA_DIR' },
  ),
  STEVEDORE_AUDIT_SECONDS: variable(
    wholeNumber(1, 86_400).default(60),
    'How often, in seconds, a trail that has grown is given a checkpoint.',
    { default: '60' },
  ),
  STEVEDORE_AUDIT_SINK: variable(
    address('http:', 'https:').optional(),
    'Where each checkpoint is posted to besides, as JSON. A name and a password in it go as basic authorization.',
  ),
  RATE_LIMIT_PER_MINUTE: variable(
    wholeNumber(1, 1_000_000).optional(),
    'Requests that one caller may make in a minute.',
    { default: '6000 in development, 1200 in staging, 600 in production' },
  ),
  DATABASE_CONNECTIONS: variable(
    wholeNumber(5, 1_000).default(10),
    'Connections to the ledger that a process opens at most, beside those for notifications and for messages.',
    { default: '10' },
  ),
  MAX_WAITING_REQUESTS: variable(
    wholeNumber(1, 100_000).optional(),
    'Requests that the API lets wait for a connection to the ledger, half of them of one client; what comes beyond is answered `503` or `429` at once.',
    { default: '20 for each of DATABASE_CONNECTIONS' },
  ),
  MAX_STREAMS: variable(
    wholeNumber(1, 100_000).default(1_000),
    'Logs and events that one server lets be followed at once.',
    {
      default: '1000',
    },
  ),
  MAX_STREAMS_PER_TOKEN: variable(wholeNumber(1, 100_000).default(100), 'The same of one token.', { default: '100' }),
}
