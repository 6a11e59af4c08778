import { nameRepository } from '@stevedore/contract'
import { type Draft, leaveOut, leaveToPerson, take } from '../draft.ts'
import { openDraft } from '../open-draft.ts'
import type { Place } from '../place.ts'
import { takeImagePorts, takeImageSettings, takeTargets } from '../take-dockerfile.ts'
import { takeProcess } from '../take-process.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { askForPort, type UsedPorts } from '../way-in.ts'
import type { ChosenApp } from './choose-services.ts'
import { type ComposeProject, pairsOf, type Service, textOf } from './read-project.ts'
import { hideSecrets } from './secret-values.ts'
import { takeAccount } from './take-account.ts'
import { takeBuild } from './take-build.ts'
import { readCommand, takeCommand } from './take-command.ts'
import { type NamedCompanion, takeCompanions, tellUnlikeSecrets } from './take-companions.ts'
import { takeConfigs } from './take-configs.ts'
import type { KnownNames } from './take-environment.ts'
import { takeHealthcheck } from './take-health.ts'
import { readStopTimeout, takeLimits } from './take-limits.ts'
import { takePorts } from './take-ports.ts'
import { takeVariables } from './take-variables.ts'
import { takeVolumes } from './take-volumes.ts'
import { tellGiven, tellGivenOfProcess } from './tell-given.ts'
import { tellRest } from './tell-rest.ts'

export interface ServiceContext {
  project: ComposeProject
  place: Place
  /** Where the compose file is. */
  folder: string
  used: UsedPorts
  /** Of a Dockerfile beside it, where the service only names the image that it makes. */
  build?: unknown
}

interface Beside {
  companions: readonly NamedCompanion[]
  /** Values that may stand in no spec. */
  secretValues: ReadonlySet<string>
}

/** What a service says as an environment of an app. */
export async function draftService(
  { service, processes }: ChosenApp,
  { app, environment, engine }: Pick<Draft, 'app' | 'environment' | 'engine'>,
  context: ServiceContext,
  { companions, secretValues }: Beside,
): Promise<Draft> {
  const { project, place, folder, used } = context
  const { file } = service
  const draft = openDraft({ app, environment, engine })
  const wanted = fieldOf(service.fields, 'build') ?? context.build
  const built = wanted === undefined ? undefined : await takeBuild(draft, wanted, { place, folder })
  if (wanted === undefined) takeImage(draft, service)
  const stage = built && takeTargets(draft, built)
  takePorts(draft, service, { file, used })
  if (stage && built) takeImagePorts(draft, stage, { name: built.name, used })
  else if (!hasPort(draft)) askForPort(draft)
  takeCommand(draft, service, file)
  const names = knowNames(project, companions)
  await takeVariables(draft, service, { place, folder, file }, names)
  takeHealthcheck(draft, service, file)
  hideSecrets(draft, secretValues)
  takeAccount(draft, service, file)
  await takeVolumes(draft, service, { place, folder, file })
  takeConfigs(draft, service, project, { place, folder, file })
  takeLimits(draft, service)
  if (stage && built) takeImageSettings(draft, stage, built.name)
  for (const one of processes) takeOther(draft, one, service)
  tellGiven(draft, service)
  tellRest(draft, service, new Set(companions.map((one) => one.service.name)))
  await takeCompanions(draft, companions, { place, folder, names, secretValues })
  tellUnlikeSecrets(draft, [service, ...processes, ...companions.map((one) => one.service)])
  return draft
}

/** A companion is found by its name, unless its data are another app's as well. */
function knowNames({ services }: ComposeProject, companions: readonly NamedCompanion[]): KnownNames {
  const found = companions.filter(({ others }) => others.length === 0)
  const unknown = new Set(services.map(({ name }) => name))
  for (const { service } of found) unknown.delete(service.name)
  return {
    unknown,
    renamed: new Map(found.flatMap(({ service, name }) => (name === service.name ? [] : [[service.name, name]]))),
  }
}

function hasPort({ spec, environment }: Draft): boolean {
  return fieldsOf(fieldsOf(spec.environments)[environment]).containerPort !== undefined
}

/** An image of others is run by its digest, which a person has to name. */
function takeImage(draft: Draft, { fields }: Service): void {
  const image = textOf(fieldOf(fields, 'image'))
  if (image === undefined) {
    leaveOut(draft, 'image', 'has a variable without a default')
    return
  }
  const [registry = '', ...name] = nameRepository(image).split('/')
  take(draft, ['image', 'registry'], registry, `image ${image}`)
  take(draft, ['image', 'name'], name.join('/'))
  leaveToPerson(
    draft,
    ['image'],
    `Nothing is built: it is deployed by a digest, \`stevedore deploy ${draft.app} ${draft.environment} --image ${registry}/${name.join('/')}@sha256:…\`.`,
  )
}

/** A service of the same image with another command. */
function takeOther(draft: Draft, service: Service, main: Service): void {
  const { name, fields, file } = service
  const command = readCommand(draft, service)
  if (command === undefined) return
  if (command.command === undefined && command.args === undefined) {
    leaveOut(draft, `service ${name}`, `runs what ${main.name} runs: \`replicas\` for more of it`)
    return
  }
  const replicas = Number(
    textOf(fieldOf(fieldsOf(fieldOf(fields, 'deploy')), 'replicas')) ?? textOf(fieldOf(fields, 'scale')) ?? '1',
  )
  const stopTimeout = readStopTimeout(fields)
  const settings = { ...command, ...(replicas > 1 && { replicas }), ...(stopTimeout && { stopTimeout }) }
  takeProcess(draft, name, settings, `service ${name} in ${file}`)
  tellGivenOfProcess(draft, service)
  const own = new Set(pairsOf(fieldOf(main.fields, 'environment')).map(([key]) => key))
  const more = pairsOf(fieldOf(fields, 'environment')).flatMap(([key]) => (own.has(key) ? [] : [key]))
  if (more.length > 0)
    leaveOut(
      draft,
      `environment of ${name}: ${more.slice(0, 20).join(', ')}`,
      `a process has the variables of its app: put them under \`env\``,
    )
  if (listOf(fieldOf(fields, 'ports')).length > 0)
    leaveOut(draft, `ports of ${name}`, 'nothing leads to a process beside the app')
}
