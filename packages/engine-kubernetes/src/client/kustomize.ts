import { FailureError } from '@stevedore/contract'
import { execa } from 'execa'

/**
 * The output of `kubectl kustomize`. A kustomization may name remote bases, which it would fetch by git or HTTP from the worker's
 * network: both are closed to it, and so is everything of the worker's environment.
 */
export async function renderKustomization(dir: string, signal: AbortSignal): Promise<string> {
  const result = await execa('kubectl', ['kustomize', '--', dir], {
    cancelSignal: signal,
    timeout: 60_000,
    maxBuffer: 4_000_000,
    reject: false,
    extendEnv: false,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      GIT_ALLOW_PROTOCOL: 'none',
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    },
  })
  signal.throwIfAborted()
  if (result.code === 'ENOENT')
    throw new FailureError('config-missing', { diagnosis: 'a kustomization needs kubectl on the worker' })
  if (result.failed) throw new FailureError('admission-denied', { diagnosis: lastLines(result.stderr) })
  return result.stdout
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-10).join('\n').slice(0, 2_000)
}
