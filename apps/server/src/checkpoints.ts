import type { ApiOptions } from '@stevedore/api'
import type { Config } from '@stevedore/config'
import { openCheckpointKey } from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'
import { ensureKey } from './data-dir.ts'

/**
 * How an API keeps checkpoints of the audit trail, by the config. The key is made on the first start where that names none; where it cannot be
 * made there are none, and that is told.
 */
export async function chooseCheckpoints(config: Config, logger: Logger): Promise<ApiOptions['checkpoints']> {
  const { auditKey, auditCheckpoints: path, auditSeconds: everySeconds, auditSink } = config
  const seed = auditKey ?? (await makeKey(config, logger))
  if (!seed) return undefined
  const sink = auditSink === undefined ? undefined : new URL(auditSink)
  return { key: openCheckpointKey(seed), path, everySeconds, sink }
}

async function makeKey({ dataDir }: Config, logger: Logger): Promise<Buffer | undefined> {
  try {
    return await ensureKey(dataDir, 'audit-key')
  } catch (err) {
    logger.warn(
      { err, dataDir },
      'the audit trail gets no checkpoints: STEVEDORE_DATA_DIR cannot be written; set STEVEDORE_AUDIT_KEY and STEVEDORE_AUDIT_CHECKPOINTS',
    )
    return undefined
  }
}
