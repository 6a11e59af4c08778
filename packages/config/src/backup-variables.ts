import { z } from 'zod'
import { text, variable } from './variable.ts'

/** Who signs requests has no name in the address: that is shown where something is wrong. */
const endpoint = z.string().max(2_048).refine(isPlainAddress, {
  error: 'must be an address that starts with https:// or http://, without a name or a query',
})

function isPlainAddress(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, username, password, search, hash } = new URL(given)
  return ['https:', 'http:'].includes(protocol) && username + password + search + hash === ''
}

/** Of the S3 buckets that `stevedore backup --to s3://…` and `restore` work with. */
export const backupVariables = {
  STEVEDORE_BACKUP_ENDPOINT: variable(
    endpoint.optional(),
    'The S3 service that holds the buckets of backups, such as https://s3.example.com. Without it Amazon’s of the region.',
  ),
  STEVEDORE_BACKUP_REGION: variable(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be the name of a region, such as eu-central-1')
      .default('us-east-1'),
    'The region of that service; some take `auto`.',
    { default: 'us-east-1' },
  ),
  STEVEDORE_BACKUP_KEY_ID: variable(
    text.optional(),
    'The name of the access key for the bucket; it may list, read, write and delete there.',
  ),
  STEVEDORE_BACKUP_SECRET_KEY: variable(text.optional(), 'The secret half of that access key.'),
}
