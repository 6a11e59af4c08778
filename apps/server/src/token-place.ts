import { readFile } from 'node:fs/promises'
import { CommandError, exitStatus } from './command-error.ts'
import { writePrivateFile } from './data-dir.ts'

/** Where the first admin token goes; nowhere, and none is made, without one of them. */
export interface FirstTokenOptions {
  firstToken?: boolean
  firstTokenFile?: string
  firstTokenSecret?: string
}

/** Where a first token is kept, which nobody can ask for again. */
export interface TokenPlace {
  /** @returns what to tell of it */
  keep(token: string): Promise<string>
}

/** Looks first whether it can be kept there: the token is made once. */
export async function choosePlace(options: FirstTokenOptions): Promise<TokenPlace> {
  const { firstTokenFile, firstTokenSecret } = options
  if (firstTokenSecret !== undefined) return openSecretPlace(firstTokenSecret)
  if (firstTokenFile !== undefined) return openFilePlace(firstTokenFile)
  return { keep: async (token) => `The first admin token, shown this once: ${token}` }
}

async function openFilePlace(path: string): Promise<TokenPlace> {
  const held = await readFile(path, 'utf8').catch(() => undefined)
  if (held === undefined) await writePrivateFile(path, '')
  return {
    async keep(token) {
      await writePrivateFile(path, token)
      return `The first admin token is in ${path}.`
    },
  }
}

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const timeoutMs = 10_000

/** By the pod's own account; Node trusts the cluster's certificate by NODE_EXTRA_CA_CERTS. */
async function openSecretPlace(name: string): Promise<TokenPlace> {
  const namespace = await readFile(`${account}/namespace`, 'utf8').catch(() => {
    throw new CommandError(
      exitStatus.usage,
      'There is no account of a pod here',
      'Use --first-token-file outside of a cluster.',
    )
  })
  await createSecret(namespace, { name, token: '', isDryRun: true })
  return {
    async keep(token) {
      await createSecret(namespace, { name, token, isDryRun: false })
      return `The first admin token is in the Secret ${name}, under token.`
    },
  }
}

async function createSecret(
  namespace: string,
  { name, token, isDryRun }: { name: string; token: string; isDryRun: boolean },
): Promise<void> {
  const url = `https://kubernetes.default.svc/api/v1/namespaces/${namespace}/secrets${isDryRun ? '?dryRun=All' : ''}`
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await readFile(`${account}/token`, 'utf8')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { token } }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  await answer.body?.cancel()
  if (answer.ok) return
  throw new CommandError(
    exitStatus.failed,
    `The cluster does not take the Secret ${name} (${answer.status})`,
    'Let the account of the pod create Secrets in its namespace, and let none of that name be there.',
  )
}
