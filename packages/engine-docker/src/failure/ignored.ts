import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import dockerIgnore from '@balena/dockerignore'
import { FailureError } from '@stevedore/contract'

/** What builders say of a path that COPY or ADD did not find. */
const absences = ['file does not exist', 'no such file or directory', 'excluded by .dockerignore']

/** The paths that were not found, or what their patterns matched. */
function* findAbsent(line: string): Generator<string> {
  for (const [, path = ''] of line.matchAll(/"([^"\n]+)"(?: not found)?: not found/g)) yield path
  if (!absences.some((absence) => line.includes(absence))) return
  for (const [, path = ''] of line.matchAll(/stat ([^\s:]+)/g)) yield path
}

/**
 * Adds to a build's failure what `.dockerignore` left out of it, where that is what a COPY looked for: the folder has the file, and the
 * builder's words do not say why it does not see it.
 * @param files the ignore files that the builder may have gone by, best first
 */
export async function explainIgnored(error: unknown, contextDir: string, files: readonly string[]): Promise<unknown> {
  if (!(error instanceof FailureError) || error.code !== 'build-failed') return error
  const said = error.diagnosis ?? ''
  const missing = new Set(said.split('\n').flatMap((line) => [...findAbsent(line)].map(toContextPath)))
  for (const file of missing.size > 0 ? files : []) {
    const text = await readFile(join(contextDir, file), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const patterns = dockerIgnore.default().add(text)
    const left = [...missing].filter((path) => patterns.ignores(path))
    return left.length === 0 ? error : addReason(error, `${file} leaves out ${left.join(', ')}`)
  }
  return error
}

/** Builders put the context where they mount it, or at the root. */
function toContextPath(path: string): string {
  return path.replace(/^.*\/buildkit-mount\d+\//s, '').replace(/^\//, '')
}

function addReason(error: FailureError, reason: string): FailureError {
  const diagnosis = `${reason}: add a line that begins with ! for what the build needs\n${error.diagnosis}`
  return new FailureError(error.code, { diagnosis, cause: error })
}
