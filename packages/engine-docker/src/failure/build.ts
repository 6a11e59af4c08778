import type { FailureCode } from '@stevedore/contract'
import { cutStart, FailureError, inOrder, quoteForeign } from '@stevedore/contract'
import { recognizeFailure } from './translate.ts'

export interface BuildTrouble {
  /** The builder's own words, in the order in which they came. */
  errors: readonly string[]
  /** Of the step that failed. */
  lastLines: readonly string[]
}

/** What the builder says when no step of the Dockerfile is to blame: the first match wins. */
const meanings: readonly [Pick<RegExp, 'test'>, FailureCode][] = [
  [inOrder(/target stage /i, / could not be found/i), 'target-missing'],
  [/failed to reach build target/i, 'target-missing'],
  [/is not allowed|entitlement/i, 'entitlement-denied'],
  [/requires buildkit/i, 'secrets-need-buildkit'],
  [
    /cannot connect to the docker daemon|error during connect|code = unavailable|transport is closing|error reading from server|unexpected EOF$/i,
    'engine-unreachable',
  ],
  [/no space left on device|disk quota exceeded/i, 'no-space'],
  [/cannot allocate memory|out of memory|pids limit/i, 'resource-exceeded'],
  // Last: it is what the builder was about to do, whatever kept it from doing so.
  [/failed to read dockerfile|cannot locate (the )?specified dockerfile/i, 'dockerfile-missing'],
]

/** SIGKILL: nothing but the kernel's memory limits sends it to a build step. */
const killed = 137

/** What shells and libraries say when a step has as many processes as it may. Who says so in vain has but another name for the failure. */
const refusedProcess = /can(?:'|no)t fork|fork: (?:retry: )?resource temporarily unavailable/i

/**
 * Says which failure a build ended with: a step's own, with its exit code and last lines, or the builder's. One that ended without a word
 * was cut off.
 */
export function explainBuildFailure({ errors, lastLines }: BuildTrouble): FailureError {
  const all = quoteForeign(errors.join('\n'))
  if (all.trim() === '') return new FailureError('engine-unreachable', { diagnosis: describeSilence(lastLines) })
  const said = all.split('\n')
  const exitCode = /exit code: (\d+)|returned a non-zero code: (\d+)/.exec(all)
  const code = Number(exitCode?.[1] ?? exitCode?.[2] ?? Number.NaN)
  const diagnosis = cutStart([...new Set([...said.slice(-3), ...lastLines])].join('\n'), 4_000)
  return new FailureError(Number.isNaN(code) ? judgeBuilder(all) : judgeStep(code, all, lastLines), { diagnosis })
}

function describeSilence(lastLines: readonly string[]): string {
  return cutStart(['the build was cut off without a reason', ...lastLines].join('\n'), 4_000)
}

/**
 * A step's output may say anything: only a full disk and a full table of processes are believed of it. What the builder says quotes the step's
 * command, which may say anything as well.
 */
function judgeStep(exitCode: number, said: string, lastLines: readonly string[]): FailureCode {
  const own = listOwnMounts(said)
  if (lastLines.some((line) => recognizeFailure(line) === 'no-space' && !own.some((folder) => names(line, folder))))
    return 'no-space'
  return exitCode === killed || lastLines.some((line) => refusedProcess.test(line))
    ? 'resource-exceeded'
    : 'build-failed'
}

/** File systems that a step has to itself, in memory: full, they say nothing of the host's disk. */
function listOwnMounts(said: string): string[] {
  const flags = [...said.matchAll(/--mount=(\S{1,500})/g)].flatMap(([, flag]) => flag ?? [])
  const targets = flags
    .filter((flag) => /(?:^|,)type=tmpfs(?:,|$)/.test(flag))
    .flatMap((flag) => /(?:^|,)(?:target|dst|destination)=([^,]{1,400})/.exec(flag)?.[1] ?? [])
  return ['/dev', ...targets]
}

/** Whether a line tells of something in a folder. */
function names(line: string, folder: string): boolean {
  const at = line.indexOf(`${folder}/`)
  return at === 0 || (at > 0 && !/[\w./-]/.test(line.charAt(at - 1)))
}

function judgeBuilder(said: string): FailureCode {
  const known = meanings.find(([form]) => form.test(said))?.[1]
  if (known) return known
  const recognized = recognizeFailure(said)
  if (!isAboutBase(said)) return 'build-failed'
  return recognized === 'registry-throttled' || recognized === 'registry-unreachable'
    ? recognized
    : 'base-image-missing'
}

const isAbsent = inOrder(/repository /i, /not found|does not exist/i)

/** BuildKit looks a base up in a step of its own; the classic builder says what the registry said, and nothing else of it. */
function isAboutBase(said: string): boolean {
  return (
    isAbsent.test(said) ||
    /load metadata for|failed to resolve source metadata|pull access denied|manifest (for|unknown)|failed to do request|get "?https?:/i.test(
      said,
    )
  )
}
