import { and, eq, ne } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { webhookBindings } from '../foundation/schema/webhooks.ts'
import { query } from '../foundation/transact.ts'

/**
 * Binds the value of an app's hook secret to a provider, unless it is bound already: some sign alike, and what is made for one would be
 * taken where another is expected.
 * @returns the provider that it is bound to
 */
export function bindWebhookSecret(
  ledger: Ledger,
  { app, provider, fingerprint }: { app: string; provider: string; fingerprint: string },
): Promise<string> {
  return query(ledger, async (db) => {
    await db
      .insert(webhookBindings)
      .values({ app, provider, fingerprint })
      .onConflictDoUpdate({
        target: webhookBindings.app,
        set: { provider, fingerprint },
        setWhere: ne(webhookBindings.fingerprint, fingerprint),
      })
    const [bound] = await db
      .select({ provider: webhookBindings.provider })
      .from(webhookBindings)
      .where(and(eq(webhookBindings.app, app), eq(webhookBindings.fingerprint, fingerprint)))
    return bound?.provider ?? provider
  })
}
