import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import dockerIgnore from '@balena/dockerignore'
import { FailureError } from '@stevedore/contract'

/** How builders say that COPY or ADD found nothing: a path, or what its patterns matched. */
const absences = [
  /"\/?([^"\n]+)"(?: not found)?: not found/g,
  /stat \/?(?:\S*\/buildkit-mount\d+\/)?([^\s:]+): (?:file does not exist|no such file or directory)/g,
  /file not found in build context or excluded by \.dockerignore: stat \/?([^\s:]+)/g,
]

/**
 * Adds to a build's failure what `.dockerignore` left out of it, where that is what a COPY looked for: the folder has the file, and the
 * builder's words do not say why it does not see it.
 * @param files the ignore files that the builder may have gone by, best first
 */
export async function explainIgnored(error: unknown, contextDir: string, files: readonly string[]): Promise<unknown> {
  if (!(error instanceof FailureError) || error.code !== 'build-failed') return error
  const said = error.diagnosis ?? ''
  const missing = new Set(absences.flatMap((form) => [...said.matchAll(form)].map(([, path = '']) => path)))
  for (const file of missing.size > 0 ? files : []) {
    const text = await readFile(join(contextDir, file), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const patterns = dockerIgnore.default().add(text)
    const left = [...missing].filter((path) => patterns.ignores(path))
    return left.length === 0 ? error : addReason(error, `${file} leaves out ${left.join(', ')}`)
  }
  return error
}

function addReason(error: FailureError, reason: string): FailureError {
  const diagnosis = `${reason}: add a line that begins with ! for what the build needs\n${error.diagnosis}`
  return new FailureError(error.code, { diagnosis, cause: error })
}
