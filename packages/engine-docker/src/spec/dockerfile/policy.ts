import { findOddFlags, readDirectives, readInstructions } from '@stevedore/formats'
import { listReadings } from './readings.ts'

/** The parser that half of all Dockerfiles name: BuildKit's own, at whatever version. */
const officialFrontend = 'docker/dockerfile'

/**
 * What a Dockerfile asks for that builds do not get; undefined when it asks for nothing of the sort. Builders refuse most of it as
 * well; here it gets a name, and it is refused by those too that grant it.
 * @param frontends names of images that may read a Dockerfile beside the official one
 */
export function findDeniedRequest(text: string, frontends: readonly string[]): string | undefined {
  const syntax = readDirectives(text).get('syntax')
  if (syntax !== undefined && !isTaken(syntax, [officialFrontend, ...frontends]))
    return `# syntax=${syntax}: ${[officialFrontend, ...frontends].join(', ')} may read a Dockerfile, and what DOCKERFILE_FRONTENDS adds`
  const instructions = listReadings(text).flatMap((reading) => readInstructions(text, reading))
  for (const run of instructions.filter(({ name }) => name === 'RUN')) {
    const odd = findOddFlags(run)
    if (odd) return `line ${run.line}, RUN: ${odd}`
    const denied = run.flags.find((flag) => !isHarmless(flag))
    if (denied !== undefined) return `RUN ${denied}`
  }
  return undefined
}

/** By the image's name, whatever its tag or digest. */
function isTaken(syntax: string, frontends: readonly string[]): boolean {
  const name = /^([a-z0-9][a-z0-9._/:-]*?)(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/.exec(syntax)?.[1]
  return frontends.map(nameInFull).includes(nameInFull(name ?? ''))
}

function nameInFull(name: string): string {
  return name.replace(/^(index\.)?docker\.io\//, '')
}

/** By the values that are known to be good: one may also be made from a variable. */
function isHarmless(flag: string): boolean {
  const [name, value] = flag.split(/=(.*)/s)
  if (name === '--network') return value === 'none' || value === 'default'
  return name !== '--security' || value === 'sandbox'
}
