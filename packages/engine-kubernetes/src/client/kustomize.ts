import { cutText, FailureError } from '@stevedore/contract'
import { execa, type Result } from 'execa'

const timeoutMs = 60_000
const limitBytes = 4_000_000
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The output of `kubectl kustomize`. A kustomization may name remote bases, which it would fetch by git or HTTP from the worker's
 * network: both are closed to it, and so is everything of the worker's environment.
 * @param searchPath where kubectl is looked for, as in PATH
 * @throws FailureError `manifests-invalid` for one that does not build, `kubectl-missing`, `engine-slow`
 */
export async function renderKustomization(
  dir: string,
  signal: AbortSignal,
  { searchPath = systemPath } = {},
): Promise<string> {
  const result = await execa('kubectl', ['kustomize', '--', dir], {
    cancelSignal: signal,
    timeout: timeoutMs,
    maxBuffer: limitBytes,
    reject: false,
    extendEnv: false,
    env: { PATH: searchPath, ...closedNetwork },
  })
  signal.throwIfAborted()
  if (result.failed) throw explainFailure(result)
  return result.stdout
}

type EndedRun = Pick<Result<{ reject: false }>, 'code' | 'timedOut' | 'isMaxBuffer'> & { stderr: string }

function explainFailure({ code, timedOut, isMaxBuffer, stderr }: EndedRun): FailureError {
  if (code === 'ENOENT') return new FailureError('kubectl-missing')
  if (timedOut) {
    const diagnosis = `\`kubectl kustomize\` on the worker did not end within ${timeoutMs / 1_000} s`
    return new FailureError('engine-slow', { diagnosis })
  }
  if (isMaxBuffer)
    return new FailureError('policy-violation', { diagnosis: `the kustomization makes more than ${limitBytes} bytes` })
  return new FailureError('manifests-invalid', { diagnosis: lastLines(stderr) })
}

const nowhere = 'http://127.0.0.1:9'
const closedNetwork = { GIT_ALLOW_PROTOCOL: 'none', HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere }

function lastLines(text: string): string {
  return cutText(text.trim().split('\n').slice(-10).join('\n'), 2_000)
}
