import { type AppSpec, FailureError } from '@stevedore/contract'
import type { RegistryCredential } from '@stevedore/engine'
import type { OpenedCertificate, Revision } from '@stevedore/ledger'
import type { AttemptLedger } from './ledger.ts'

type RevisionSecrets = Pick<Revision, 'app' | 'environment' | 'settings' | 'secrets'>

/** Values of stored secrets, each read once in an attempt and hidden from its output from then on. */
export interface SecretStore {
  /** The app's own, for its builds and credentials. Throws FailureError `secret-missing` naming those without a value. */
  reveal(names: readonly string[]): Promise<Record<string, string>>
  /** The very versions that a revision was given, so that all its replicas have the same, as far as they are kept. Throws `secret-missing`. */
  revealOf(revision: RevisionSecrets): Promise<Record<string, string>>
  /** Hides what replicas of an environment may have been given, by whichever revision that is kept: what is seen of them may tell it. */
  hideGiven(place: Pick<Revision, 'app' | 'environment'>): Promise<void>
  /** The stored sign-in of the app's registry, `user:password`; undefined when the spec names none. */
  revealRegistryCredential(): Promise<RegistryCredential | undefined>
  /** Those that proxies are to serve now, whatever was read before. */
  revealCertificates(): Promise<OpenedCertificate[]>
}

export function openSecretStore(parts: {
  ledger: AttemptLedger
  spec: AppSpec
  hide(values: readonly string[]): void
}): SecretStore {
  const { ledger, spec, hide } = parts
  const read = new Map<string, Promise<Record<string, string>>>()

  function once(key: unknown, readNow: () => Promise<Record<string, string>>): Promise<Record<string, string>> {
    const name = JSON.stringify(key)
    const reading = read.get(name) ?? readNow()
    read.set(name, reading)
    return reading
  }

  async function check(names: readonly string[], reading: Promise<Record<string, string>>) {
    const values = await reading
    hide(Object.values(values))
    const missing = names.filter((name) => values[name] === undefined)
    if (missing.length === 0) return values
    throw new FailureError('secret-missing', { diagnosis: `not stored: ${missing.join(', ')}` })
  }

  const reveal = (names: readonly string[]) =>
    check(
      names,
      once(names, () => ledger.readSecrets({ names, app: spec.app })),
    )

  return {
    reveal,
    revealOf(revision) {
      const { app, environment, settings, secrets } = revision
      const known = new Set(secrets.map(({ name }) => name))
      // A revision of an older version was not told which versions it was given: it gets those that hold now.
      const names = settings.secrets.filter((name) => !known.has(name))
      return check(
        settings.secrets,
        once([environment, names, secrets], async () => {
          const given = await ledger.openSecrets(secrets)
          // Removed, or sealed under an earlier master key: what holds now is better than no way back.
          const gone = secrets.map(({ name }) => name).filter((name) => given[name] === undefined)
          return { ...(await ledger.readSecrets({ names: [...names, ...gone], app, environment })), ...given }
        }),
      )
    },
    async hideGiven({ app, environment }) {
      hide(await ledger.openSecretValues(await ledger.listGivenSecrets({ app, environment })))
    },
    async revealRegistryCredential() {
      const name = spec.image.credential
      if (!name) return undefined
      const credential = parseCredential(name, (await reveal([name]))[name] ?? '')
      hide([credential.password])
      return credential
    },
    async revealCertificates() {
      const certificates = await ledger.openCertificates()
      hide(certificates.flatMap(({ key = [] }) => key))
      return certificates
    },
  }
}

function parseCredential(name: string, value: string): RegistryCredential {
  const colon = value.indexOf(':')
  if (colon < 1)
    throw new FailureError('registry-denied', { diagnosis: `the secret ${name} is not of the form user:password` })
  return { username: value.slice(0, colon), password: value.slice(colon + 1) }
}
