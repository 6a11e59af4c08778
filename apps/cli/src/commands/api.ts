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
      const { waitForSignal } = await import('../server/wait-for-signal.ts')
      const signal = waitForSignal()
      const masterKey = config.masterKey ?? (await ensureMasterKey(config.dataDir))
      const onFirstToken = (token: string) => console.log(`The first admin token, shown this once: ${token}`)
      const api = await serveApi({ ...config, masterKey }, { onFirstToken })
      await signal
      await api.close()
    })
}
