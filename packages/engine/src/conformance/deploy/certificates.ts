import { expect } from 'vitest'
import type { Certificate, CertificateRefusal, CertificateStore } from '../../deploy-engine.ts'
import { openContext } from '../context.ts'
import type { DeployTest } from './harness.ts'

/** A store that holds what a test says. */
function openStore() {
  const [stored, refusals]: [Certificate[], CertificateRefusal[]] = [[], []]
  const store: CertificateStore = {
    read: async () => [...stored],
    noteRefusal: async (refusal) => void refusals.push(refusal),
  }
  const put = (...certificates: Certificate[]) => void stored.splice(0, stored.length, ...certificates)
  return { store, refusals, put }
}

/** An engine whose way in is not its own brings none, and says so by lacking the verb. */
export const certificateTests: DeployTest[] = [
  {
    title: 'its proxies serve the certificates of the store, and no others that it had; a refused one hinders no other',
    options: { strategy: 'rolling', replicas: 1 },
    async run({ engine, place, makeRelease, tls }) {
      expect(engine.bringCertificates === undefined).toBe(tls === undefined)
      if (!tls || !engine.bringCertificates) return
      const { store, refusals, put } = openStore()
      await engine.prepare(makeRelease({ revision: 1, behaviour: 'healthy' }), openContext())
      const [one, other] = [
        await tls.makeCertificate('one', ['one.test']),
        await tls.makeCertificate('other', ['other.test']),
      ]
      put(one, other)
      await engine.bringCertificates(store, openContext(), place)
      expect(await tls.askFingerprint('one.test')).toBe(one.fingerprint)
      expect(await tls.askFingerprint('other.test')).toBe(other.fingerprint)
      const stale = new Error('stale fence')
      const closed = () => openContext({ fence: () => Promise.reject(stale) })

      const renewed = await tls.makeCertificate('one', ['one.test'])
      const odd = await tls.makeCertificate('other', ['other.test'], 'refused')
      put(renewed, odd)
      await expect(engine.bringCertificates(store, closed())).rejects.toBe(stale)
      expect(await tls.askFingerprint('one.test')).toBe(one.fingerprint)
      await engine.bringCertificates(store, openContext())
      expect(refusals).toMatchObject([
        { name: 'other', fingerprint: odd.fingerprint, reason: expect.stringMatching(/./) },
      ])
      expect(await tls.askFingerprint('one.test')).toBe(renewed.fingerprint)
      expect(await tls.askFingerprint('other.test')).toBe(other.fingerprint)

      put({ ...other, fingerprint: 'of one that cannot be opened', key: undefined, putAt: new Date() })
      await engine.bringCertificates(store, openContext())
      expect(await tls.askFingerprint('other.test')).toBe(other.fingerprint)
      expect(await tls.askFingerprint('one.test')).not.toBe(renewed.fingerprint)
      put()
      await engine.bringCertificates(store, openContext())
      expect(await tls.askFingerprint('other.test')).toBeUndefined()
    },
  },
]
