import { ConfigError, readConfig } from '@stevedore/config'
import { serveApi } from './serve.ts'

try {
  const config = readConfig()
  const { databaseUrl } = config
  if (!databaseUrl)
    throw new Error('DATABASE_URL is not set: an API on its own brings no database (`stevedore up` does)')
  const api = await serveApi(
    { ...config, databaseUrl },
    { onFirstToken: (token) => process.stdout.write(`The first admin token, shown this once: ${token}\n`) },
  )
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void api.close())
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `stevedore api: ${(error as Error).message}`}\n`,
  )
  process.exitCode = 2
}
