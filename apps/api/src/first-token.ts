import { createFirstToken, type Ledger, listTokens } from '@stevedore/ledger'
import type { ApiConfig } from './context.ts'

/**
 * Makes an admin token when there has never been one, and returns it, this once. On an address that others can reach a first token is
 * refused instead: whoever reads the output of a service would own it.
 */
export async function ensureFirstToken(
  ledger: Ledger,
  config: Pick<ApiConfig, 'host' | 'isLoopback'>,
): Promise<string | undefined> {
  if (!config.isLoopback && (await listTokens(ledger)).length === 0)
    throw new Error(
      `HOST is ${config.host} and there is no token yet: run “stevedore migrate --first-token”, or start once with HOST=127.0.0.1, and keep what it prints`,
    )
  return createFirstToken(ledger, { by: { actor: 'system', correlationId: 'first-start' } })
}
