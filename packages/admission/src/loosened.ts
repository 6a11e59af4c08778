import { type AppSpec, type EnvironmentSpec, ProblemError } from '@stevedore/contract'

/**
 * Refuses a spec that does without an approval which the one before asked for, by leaving out `approval` or the whole environment, or
 * that lets whoever asks approve as well: who has to ask does not decide that they need not.
 * @param old undefined for an app that is new
 * @throws ProblemError `approval-loosened`
 */
export function refuseLoosened(old: AppSpec | undefined, spec: AppSpec): void {
  const faults = [
    ...Object.entries(old?.environments ?? {}).flatMap(([name, settings]) => findLeftOut(name, settings, spec)),
    ...Object.entries(spec.environments).flatMap(([name, settings]) => findSelfApproval(name, settings, old)),
  ]
  if (faults.length === 0) return
  const what = faults.map(({ message }) => message).join('; ')
  throw new ProblemError('approval-loosened', `${what}: have a server-wide administrator \`stevedore apply\` it`, {
    faults,
  })
}

function findLeftOut(name: string, { approval }: EnvironmentSpec, spec: AppSpec) {
  const settings = own(spec, name)
  if (approval !== 'required' || settings?.approval === 'required') return []
  const message = settings
    ? `deploys to ${name} would need no approval any more`
    : `${name}, which needs an approval, would be gone`
  const path = settings ? ['environments', name, 'approval'] : ['environments', name]
  return [{ path, code: 'approval-loosened', message }]
}

function findSelfApproval(name: string, { selfApproval }: EnvironmentSpec, old: AppSpec | undefined) {
  if (!selfApproval || (old && own(old, name)?.selfApproval)) return []
  const message = `whoever asks for a deploy to ${name} could approve it`
  return [{ path: ['environments', name, 'selfApproval'], code: 'approval-loosened', message }]
}

function own({ environments }: AppSpec, name: string): EnvironmentSpec | undefined {
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}
