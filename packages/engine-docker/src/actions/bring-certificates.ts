import { FailureError } from '@stevedore/contract'
import { type CertificateStore, type WorkContext, withinMs } from '@stevedore/engine'
import { describeHost, type Host } from '../hosts.ts'

const answerMs = 60_000

/** Brings the proxy of a host to the certificates of the store. A host without one gets them with the first deploy on it. */
export async function bringCertificates(host: Host, store: CertificateStore, context: WorkContext): Promise<void> {
  const signal = withinMs(answerMs, context.signal)
  const taken = host.proxy.takeCertificates(store.read, { ...context, signal })
  for (const refusal of await Promise.race([taken, failAtAbort(signal, context.signal)]))
    await store.noteRefusal({ ...refusal, ...describeHost(host) })
}

/** A host that is gone answers nothing, not even that: others are not to wait for it. */
function failAtAbort(signal: AbortSignal, outer: AbortSignal): Promise<never> {
  const late = new FailureError('engine-slow', {
    diagnosis: `the proxy did not take certificates within ${answerMs / 1_000} s`,
  })
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(outer.aborted ? outer.reason : late), { once: true })
  })
}
