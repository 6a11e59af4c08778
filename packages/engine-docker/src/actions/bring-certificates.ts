import type { CertificateStore, WorkContext } from '@stevedore/engine'
import { describeHost, type Host } from '../hosts.ts'

/** Brings the proxy of a host to the certificates of the store. A host without one gets them with the first deploy on it. */
export async function bringCertificates(host: Host, store: CertificateStore, context: WorkContext): Promise<void> {
  for (const refusal of await host.proxy.takeCertificates(store.read, context))
    await store.noteRefusal({ ...refusal, ...describeHost(host) })
}
