import { ConfigError, readConfig } from '@stevedore/config'
import { serveApi } from './serve.ts'

try {
  const config = readConfig()
  const { databaseUrl, masterKey } = config
  if (!databaseUrl || !masterKey)
    throw new Error('an API on its own needs DATABASE_URL and STEVEDORE_MASTER_KEY; `stevedore up` brings both')
  const api = await serveApi(
    { ...config, databaseUrl, masterKey },
    { onFirstToken: (token) => process.stdout.write(`The first admin token, shown this once: ${token}\n`) },
  )
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void api.close())
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `stevedore api: ${(error as Error).message}`}\n`,
  )
  process.exitCode = 2
}
