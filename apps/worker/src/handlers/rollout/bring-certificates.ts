import type { CertificateStore, WorkContext } from '@stevedore/engine'
import { describeRefusal } from '../../describe-refusal.ts'
import type { Rollout } from './rollout.ts'

/** Brings the certificates to the proxies that a release is about to be reached by. Those that a proxy refuses keep nothing from being deployed. */
export async function bringCertificates({ engine, revision, run }: Rollout, context: WorkContext): Promise<void> {
  const store: CertificateStore = {
    read: () => run.secrets.revealCertificates(),
    async noteRefusal(refused) {
      const { name, fingerprint } = refused
      const refusal = run.redact(describeRefusal(refused))
      context.log(`the certificate ${name} is not served: ${refusal}`)
      await run.ledger.recordRefusal({ name, fingerprint, refusal })
    },
  }
  await engine.bringCertificates?.(store, context, revision)
}
