import { expect, test } from 'vitest'
import { isSecretSetting } from './looks-secret.ts'

test.each([
  ['POSTGRES_PASSWORD', 'x', true],
  ['SECRET_KEY_BASE', undefined, true],
  ['APP_KEY', 'abc', true],
  ['GITHUB_TOKEN', 'abc', true],
  ['SMTP_PASS', 'abc', true],
  ['DATABASE_URL', 'postgres://u:p@db/x', true],
  ['DATABASE_URL', undefined, true],
  ['CERTIFICATE', '-----BEGIN PRIVATE KEY-----', true],
  ['DATABASE_URL', 'sqlite:///data/x.db', false],
  ['VAPID_PUBLIC_KEY', 'abc', false],
  ['DB_PASSWORD_FILE', '/run/secrets/db', false],
  ['PASSWORD_LOGIN', 'true', false],
  ['KEYCLOAK_URL', 'http://keycloak', false],
  ['LOG_LEVEL', 'debug', false],
])('%s=%s', (name, value, isSecret) => {
  expect(isSecretSetting(name, value)).toBe(isSecret)
})
