import type { Config } from '@stevedore/config'
import type { Check } from './check.ts'
import { dockerEnvironment, lastLine, runProgram } from './run-program.ts'

const tag = 'stevedore-doctor'
const dockerfile = 'FROM scratch\nLABEL io.stevedore.probe=doctor\n'

/**
 * Whether this machine’s account may push there: an image without content is pushed under a tag of its own, which stays in the registry.
 * @param repository `HOST/NAME`
 */
export async function checkRegistry(repository: string, config: Config): Promise<Check> {
  const env = dockerEnvironment(config)
  const reference = `${repository}:${tag}`
  const built = await runProgram('docker', ['build', '--quiet', '--tag', reference, '-'], { env, input: dockerfile })
  if (built.exitCode !== 0)
    return { name: 'registry', state: 'bad', found: `nothing to push: ${lastLine(built.stderr) || 'no docker client'}` }
  const pushed = await runProgram('docker', ['push', '--quiet', reference], { env })
  await runProgram('docker', ['image', 'rm', '--', reference], { env })
  if (pushed.exitCode === 0) return { name: 'registry', state: 'good', found: `took ${reference}` }
  const [host] = repository.split('/')
  const remedy = `docker login ${host}, or store a credential and name it in image.credential; docs/runbooks/failures.md#registry`
  return {
    name: 'registry',
    state: 'bad',
    found: `${repository}: ${lastLine(pushed.stderr) || 'no answer in time'}`,
    remedy,
  }
}
