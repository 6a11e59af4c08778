import { Command } from 'commander'
import { parsePort } from '../arguments.ts'
import { loadConfig } from '../connect.ts'
import { requireDatabase } from '../server/require-database.ts'
import { withPort } from './up.ts'

export function createApiCommand(): Command {
  return new Command('api')
    .description('run the API alone; needs DATABASE_URL')
    .option('--port <port>', 'instead of PORT', parsePort)
    .action(async ({ port }: { port?: number }) => {
      const config = requireDatabase(withPort(loadConfig(), port))
      const { serveApi } = await import('@stevedore/api')
      const { ensureMasterKey } = await import('../server/data-dir.ts')
      const { keepFirstToken } = await import('../server/first-token.ts')
      const { waitForSignal } = await import('../server/wait-for-signal.ts')
      const signal = waitForSignal()
      const masterKey = config.masterKey ?? (await ensureMasterKey(config.dataDir))
      let firstToken: string | undefined
      const onFirstToken = (token: string) => {
        firstToken = token
      }
      const api = await serveApi({ ...config, masterKey }, { onFirstToken })
      if (firstToken) await keepFirstToken(config.dataDir, firstToken)
      await signal
      await api.close()
    })
}
