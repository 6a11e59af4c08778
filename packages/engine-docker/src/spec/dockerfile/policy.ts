import { findOddFlags } from './flags.ts'
import { readDirectives, readInstructions } from './instructions.ts'
import { listReadings } from './readings.ts'

/** The only parser that a Dockerfile may name, and only as one that cannot be exchanged under it. */
const pinnedSyntax = /^(docker\.io\/)?docker\/dockerfile(:[\w.-]+)?@sha256:[0-9a-f]{64}$/

/**
 * What a Dockerfile asks for that builds do not get; undefined when it asks for nothing of the sort. Builders refuse most of it as
 * well; here it gets a name, and it is refused by those too that grant it.
 */
export function findDeniedRequest(text: string): string | undefined {
  const syntax = readDirectives(text).get('syntax')
  if (syntax !== undefined && !pinnedSyntax.test(syntax))
    return `# syntax=${syntax}: only docker/dockerfile pinned by its digest is taken`
  const instructions = listReadings(text).flatMap((reading) => readInstructions(text, reading))
  for (const run of instructions.filter(({ name }) => name === 'RUN')) {
    const odd = findOddFlags(run)
    if (odd) return `line ${run.line}, RUN: ${odd}`
    const denied = run.flags.find((flag) => !isHarmless(flag))
    if (denied !== undefined) return `RUN ${denied}`
  }
  return undefined
}

/** By the values that are known to be good: one may also be made from a variable. */
function isHarmless(flag: string): boolean {
  const [name, value] = flag.split(/=(.*)/s)
  if (name === '--network') return value === 'none' || value === 'default'
  return name !== '--security' || value === 'sandbox'
}
