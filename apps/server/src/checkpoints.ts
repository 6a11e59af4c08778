import type { ApiOptions } from '@stevedore/api'
import type { Config } from '@stevedore/config'
import { openCheckpointKey } from '@stevedore/ledger'
import { ensureKey } from './data-dir.ts'

/** How an API keeps checkpoints of the audit trail, by the config. The key is made on the first start where that names none. */
export async function chooseCheckpoints(config: Config): Promise<NonNullable<ApiOptions['checkpoints']>> {
  const { auditKey, auditCheckpoints: path, auditSeconds: everySeconds, auditSink, dataDir } = config
  const key = openCheckpointKey(auditKey ?? (await ensureKey(dataDir, 'audit-key')))
  return { key, path, everySeconds, sink: auditSink === undefined ? undefined : new URL(auditSink) }
}
