import { localFiles } from '@stevedore/config'
import { createFirstToken, listTokens } from '@stevedore/ledger'
import { prepareDataDir, writePrivateFile } from './data-dir.ts'
import type { Resources } from './resources.ts'

/**
 * Makes an admin token when there has never been one. It is kept, where the command line of the same user finds it, and printed at once:
 * should the start fail after this, no other one would show it. On an address that others can reach a first token is refused instead:
 * whoever reads the output of a server would own it.
 */
export async function ensureFirstToken({ ledger, config }: Pick<Resources, 'ledger' | 'config'>): Promise<void> {
  if (!config.isLoopback && (await listTokens(ledger)).length === 0)
    throw new Error(
      `HOST is ${config.host} and there is no token yet: run “stevedore migrate --first-token”, or start once with HOST=127.0.0.1, and keep what it prints`,
    )
  const token = await createFirstToken(ledger, { by: { actor: 'system', correlationId: 'first-start' } })
  if (token) await keepToken(config.dataDir, token)
}

async function keepToken(dataDir: string, token: string): Promise<void> {
  console.log(`The first admin token, shown this once: ${token}`)
  await prepareDataDir(dataDir)
  await writePrivateFile(localFiles.token(dataDir), token)
  console.log(`It is kept in ${localFiles.token(dataDir)} too, where the command line finds it.`)
}
