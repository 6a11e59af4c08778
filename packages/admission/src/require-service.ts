import { type EnvironmentSpec, listServices, ProblemError, suggest } from '@stevedore/contract'

/** @throws ProblemError `not-found` where the settings name no companion so */
export function requireService(
  { app, environment }: { app: string; environment: string },
  settings: EnvironmentSpec,
  service: string,
): void {
  const names = listServices(settings).map(({ name }) => name)
  if (names.includes(service)) return
  const near = suggest(service, names) || (names.length > 0 ? `; it has ${names.join(', ')}` : '')
  throw new ProblemError('not-found', `${environment} of ${app} has no service named ${service}${near}`)
}
