import { FailureError } from '@stevedore/contract'
import type { CertificateStore, DeployEngine, WorkContext } from '@stevedore/engine'
import {
  type CertificateRecord,
  isLedgerAway,
  listCertificates,
  type OpenedCertificate,
  openCertificates,
  recordRefusal,
} from '@stevedore/ledger'
import { createRedactor } from '@stevedore/telemetry'
import { failureOf } from '../attempt/outcome.ts'
import { describeRefusal } from '../describe-refusal.ts'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 10_000
/** With hosts among them that do not answer. */
const bringTimeoutMs = 600_000

/**
 * Brings certificates that were put, renewed or removed to the proxies of the engines that this worker knows, without waiting for a deploy. A
 * worker brings them when it starts, for what it has missed; proxies that cannot be reached get them once they can.
 */
export async function startCertificateBringer(worker: Worker): Promise<Loop> {
  let brought: string | undefined
  let told = ''
  const loop = startLoop(worker, {
    name: 'certificates',
    intervalMs: lookMs,
    async run() {
      const wanted = describeSet(await listCertificates(worker.ledger))
      if (wanted === brought) return false
      const fault = await bringToAll(worker)
      if (fault === undefined) brought = wanted
      // Once, not at each try; and who has no certificates need not have proxies that answer.
      if (fault !== undefined && fault !== told && wanted !== describeSet([]))
        worker.logger.warn({ fault }, 'certificates could not be brought to all proxies; it will be tried again')
      told = fault ?? ''
      return false
    },
  })
  const unlisten = await worker.ledger.listen('stevedore_certificate', () => {
    brought = undefined
    loop.wake()
  })
  return {
    wake: loop.wake,
    async stop() {
      unlisten()
      await loop.stop()
    },
  }
}

/** Tells two sets apart. */
function describeSet(certificates: Pick<CertificateRecord, 'name' | 'fingerprint' | 'putAt'>[]): string {
  return JSON.stringify(certificates.map(({ name, fingerprint, putAt }) => [name, fingerprint, putAt]).toSorted())
}

/** @returns what went wrong with one of them; the others have had their turn all the same */
async function bringToAll(worker: Worker): Promise<string | undefined> {
  let fault: string | undefined
  for (const engine of new Set(Object.values(worker.engines.deploy)))
    await bringTo(worker, engine).catch((error: unknown) => {
      if (isLedgerAway(error)) throw error
      const { message, diagnosis } = failureOf(error)
      fault = [message, diagnosis].filter(Boolean).join(': ')
    })
  return fault
}

async function bringTo(worker: Worker, engine: DeployEngine): Promise<void> {
  const { ledger, logger } = worker
  let given: OpenedCertificate[] | undefined
  const store: CertificateStore = {
    async read() {
      given = await openCertificates(ledger)
      return given
    },
    async noteRefusal(refused) {
      const { name, fingerprint } = refused
      const redactor = createRedactor((given ?? []).flatMap(({ key = [] }) => key))
      const refusal = redactor.redact(describeRefusal(refused))
      logger.warn({ certificate: name, refusal }, 'a proxy does not serve a certificate')
      await recordRefusal(ledger, { name, fingerprint, refusal })
    },
  }
  await engine.bringCertificates?.(
    store,
    openUpkeepContext(worker, () => given),
  )
}

/** Its fence: that what was read is still what the ledger has. Who is too late leaves it to whoever comes with the newer. */
function openUpkeepContext(worker: Worker, readGiven: () => OpenedCertificate[] | undefined): WorkContext {
  return {
    // Of this worker alone: who has the same id may break its lock.
    jobId: `certificates-${worker.id}`,
    correlationId: `upkeep-${worker.id}`,
    signal: AbortSignal.any([worker.closing, AbortSignal.timeout(bringTimeoutMs)]),
    async fence() {
      const given = readGiven()
      if (given && describeSet(given) !== describeSet(await listCertificates(worker.ledger)))
        throw new FailureError('internal', { detail: 'the certificates have changed meanwhile' })
    },
    log: (line) => worker.logger.warn(line),
    awaitRoom: async () => undefined,
    event: () => undefined,
    progress: () => undefined,
  }
}
