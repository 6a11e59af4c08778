import { looksSecret } from '@stevedore/contract'

const secretLike = /(^|_)(KEY|PASS|PWD|AUTH|DSN|SALT|PAT|JWT)$|_KEY_|(^|_)TOKEN/i
/** Where nobody tells the value: addresses in which a password mostly stands. */
const addressOfData = /(^|_)(DATABASE|DB|POSTGRES|MYSQL|REDIS|MONGO|MONGODB|AMQP|RABBITMQ|BROKER)_(URL|URI)$/i

/** Whether the value of a variable belongs into the store of secrets: by its name, or by a password or a key in it. */
export function isSecretSetting(name: string, value: string | undefined): boolean {
  // An empty value, and one that only says yes or no, hides nothing.
  if (value !== undefined && /^(|true|false|yes|no|on|off)$/i.test(value)) return false
  // A path to the secret is none.
  if (/_FILE$/i.test(name) && value?.startsWith('/')) return false
  if (!/PUBLIC/i.test(name) && (looksSecret(name) || secretLike.test(name))) return true
  if (value === undefined) return addressOfData.test(name)
  return /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]*:[^\s@/]+@/i.test(value) || value.includes('-----BEGIN ')
}
