import { Command } from 'commander'
import { loadConfig } from '../connect.ts'
import { requireDatabase } from '../server/require-database.ts'

export function createMigrateCommand(): Command {
  return new Command('migrate')
    .description('bring the tables of DATABASE_URL up to date; starting does the same')
    .option('--first-token', 'make and print the first admin token, where there has never been one')
    .action(async ({ firstToken }: { firstToken?: boolean }) => {
      const config = requireDatabase(loadConfig())
      const { migrate } = await import('../server/foundation.ts')
      await migrate(config)
      console.log('The tables are up to date.')
      if (firstToken) await printFirstToken(config.databaseUrl)
    })
}

/** An API that others can reach makes no token by itself: whoever reads its output would own it. */
async function printFirstToken(url: string): Promise<void> {
  const { createFirstToken, openLedger } = await import('@stevedore/ledger')
  const ledger = openLedger({ url })
  try {
    const token = await createFirstToken(ledger, { by: { actor: 'system', correlationId: 'first-token' } })
    console.log(token ? `The first admin token, shown this once: ${token}` : 'There has been a token before.')
  } finally {
    await ledger.close()
  }
}
