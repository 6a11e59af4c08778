import { type AppSpec, type Fault, ProblemError, type SecretScope } from '@stevedore/contract'
import { getApp, type Ledger, listSecrets, readSecrets } from '@stevedore/ledger'
import { holds } from './secret-in-use.ts'

/**
 * Names that say "secret" beside those that every spec is refused for. They are judged here and not by the spec's schema, which also reads
 * what was declared before.
 */
const secretLike = /(^|_)(KEY|PAT|PWD|PASS|AUTH|AUTHORIZATION)$/i
/** Keys that are made to be seen, that name something, or that bundlers put into what every browser gets. */
const shown = [
  /PUBLI(C|SHABLE)_?KEY$/i,
  /(^|_)(CACHE|PRIMARY|FOREIGN|PARTITION|SORT|GROUP|INDEX|LOOKUP|PROJECT|FEATURE|FLAG|SITE)_KEY$/i,
  /(^|_)PUBLIC_|^(VITE|REACT_APP|VUE_APP|NUXT_PUBLIC|GATSBY|EXPO_PUBLIC)_/i,
]
/** `https://user:password@host`, anywhere in a value. */
const withPassword = /:\/\/[^\s/?#:@]{0,256}:[^\s/?#@]{1,1024}@/

/** Build arguments that are secrets by their name or by a password in an address. */
export function findSecretLike({ build }: AppSpec): Fault[] {
  return Object.entries(build.args).flatMap(([name, value]) => {
    const isNamed = secretLike.test(name) && !shown.some((form) => form.test(name))
    if (!isNamed && !withPassword.test(value)) return []
    const what = isNamed ? 'looks like a secret' : 'holds a password'
    return [
      { path: ['build', 'args', name], code: 'use-build-secret', message: `${what}: list it under build.secrets` },
    ]
  })
}

/** Shorter values turn up by chance. */
const shortestSecret = 8
/** Among other text shorter ones do too: `postgres`, `production`. */
const shortestPart = 16

/** Whether a build argument is a secret, or holds it; blanks around either do not count. */
export function holdsSecret(argument: string, value: string): boolean {
  const secret = value.trim()
  if (secret.length >= shortestPart) return argument.includes(secret)
  return secret.length >= shortestSecret && argument.trim() === secret
}

/**
 * Build arguments that hold a secret stored for the app or one of its environments: in an image's history all could read it. Secrets that
 * are stored for all are not compared: whoever declares one app may not list them, and each answer would tell whether a guess is right.
 */
export async function findStoredSecrets(ledger: Ledger, spec: AppSpec): Promise<Fault[]> {
  const args = Object.entries(spec.build.args).filter(([, value]) => value.length >= shortestSecret)
  if (args.length === 0) return []
  const stored = await readValues(ledger, spec)
  return args
    .filter(([, value]) => stored.some((secret) => holdsSecret(value, secret)))
    .map(([name]) => ({
      path: ['build', 'args', name],
      code: 'use-build-secret',
      message: 'holds the value of a stored secret: list the secret under build.secrets',
    }))
}

/** Where the app's own secret of a name holds, it is what is read, never everybody's. */
async function readValues(ledger: Ledger, { app, environments }: AppSpec): Promise<string[]> {
  const stored = await listSecrets(ledger, { app })
  const scopes = [undefined, ...new Set([...Object.keys(environments), ...stored.map((one) => one.environment)])]
  const values = await Promise.all(
    scopes.map((scope) => {
      const environment = scope ?? undefined
      const own = stored.filter((secret) => holds(secret, app, environment ?? null))
      return readSecrets(ledger, { names: own.map(({ name }) => name), app, environment })
    }),
  )
  return values.flatMap((found) => Object.values(found))
}

/** Throws ProblemError `use-build-secret` when an app was declared with the value in a build argument, where all who get its images can read it. */
export async function refuseArgument(ledger: Ledger, value: string, { app }: SecretScope): Promise<void> {
  if (!app) return
  const declared = await getApp(ledger, app)
  const args = Object.entries(declared?.spec.build.args ?? {}).filter(([, argument]) => holdsSecret(argument, value))
  if (args.length === 0) return
  const names = args.map(([name]) => name).join(', ')
  throw new ProblemError(
    'use-build-secret',
    `The build argument ${names} of ${app} holds it: change it, and choose another secret.`,
  )
}
