import { z } from 'zod'
import { endpoint } from './values.ts'
import { text, variable } from './variable.ts'

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
