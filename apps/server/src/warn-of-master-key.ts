import { findSealedApart, type Ledger } from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'

const mostNamed = 20

/**
 * A process with another master key than the rest would fail a job or a webhook long after its start, and seal what nobody else can open.
 * It is begun all the same: where the key is lost, what it sealed is stored again through the API.
 */
export async function warnOfMasterKey(ledger: Ledger, logger: Logger): Promise<void> {
  const { secrets, certificates } = await findSealedApart(ledger)
  if (secrets.length + certificates.length === 0) return
  logger.error(
    {
      // Called `secrets`, the logger would mask it.
      sealedApart: [...secrets, ...certificates].slice(0, mostNamed),
      remedy: 'start with the STEVEDORE_MASTER_KEY that sealed them, or store them again: docs/runbooks/master-key.md',
    },
    `${secrets.length} SECRETS AND ${certificates.length} CERTIFICATES DO NOT OPEN with this process’s master key`,
  )
}
