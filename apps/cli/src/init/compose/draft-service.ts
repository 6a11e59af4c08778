import { resolve } from 'node:path'
import { nameRepository } from '@stevedore/contract'
import { isCommandFailure } from '../../exit.ts'
import { type Draft, leaveOut, leaveToPerson, take } from '../draft.ts'
import { readForeignFile } from '../foreign-file.ts'
import { openDraft } from '../open-draft.ts'
import { type Place, pathInSource } from '../place.ts'
import { takeImagePorts, takeImageSettings, takeTargets } from '../take-dockerfile.ts'
import { takeProcess } from '../take-process.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { askForPort, type UsedPorts } from '../way-in.ts'
import type { ChosenApp } from './choose-services.ts'
import { type ComposeProject, pairsOf, type Service, textOf } from './read-project.ts'
import { takeAccount } from './take-account.ts'
import { takeBuild } from './take-build.ts'
import { readCommand, takeCommand } from './take-command.ts'
import { takeConfigs } from './take-configs.ts'
import { takeEnvironment, takeNames } from './take-environment.ts'
import { takeHealthcheck } from './take-health.ts'
import { readStopTimeout, takeLimits } from './take-limits.ts'
import { takePorts } from './take-ports.ts'
import { takeVolumes } from './take-volumes.ts'
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

/** What a service says as an environment of an app. */
export async function draftService(
  { service, processes }: ChosenApp,
  { app, environment, engine }: Pick<Draft, 'app' | 'environment' | 'engine'>,
  context: ServiceContext,
): Promise<Draft> {
  const { project, place, folder, used } = context
  const { file } = project
  const draft = openDraft({ app, environment, engine })
  const wanted = fieldOf(service.fields, 'build') ?? context.build
  const built = wanted === undefined ? undefined : await takeBuild(draft, wanted, { place, folder })
  if (wanted === undefined) takeImage(draft, service)
  const stage = built && takeTargets(draft, built)
  takePorts(draft, service, { file, used })
  if (stage && built) takeImagePorts(draft, stage, { name: built.name, used })
  else if (!hasPort(draft)) askForPort(draft)
  takeCommand(draft, service, file)
  await takeVariables(draft, service, context)
  takeHealthcheck(draft, service, file)
  takeAccount(draft, service, file)
  await takeVolumes(draft, service, { place, folder, file })
  takeConfigs(draft, service, project, { place, folder, file })
  takeLimits(draft, service)
  if (stage && built) takeImageSettings(draft, stage, built.name)
  for (const one of processes) takeOther(draft, one, service, file)
  tellRest(draft, service)
  return draft
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

async function takeVariables(
  draft: Draft,
  service: Service,
  { project, place, folder }: ServiceContext,
): Promise<void> {
  const serviceNames = new Set(project.services.map(({ name }) => name))
  takeEnvironment(draft, service, { from: project.file, serviceNames })
  for (const path of listFiles(fieldOf(service.fields, 'env_file'))) {
    const name = pathInSource(place, resolve(folder, path)) ?? path
    const text = await readForeignFile(place.root, resolve(folder, path)).catch((error: unknown) => {
      if (!isCommandFailure(error)) throw error
      return undefined
    })
    if (text === undefined)
      leaveOut(draft, `env_file ${path}`, 'cannot be read here: name its variables under `env` and `secrets`')
    else takeNames(draft, text, { from: name, serviceNames })
  }
}

function listFiles(value: unknown): string[] {
  const entries = Array.isArray(value) ? listOf(value) : [value]
  return entries.slice(0, 20).flatMap((entry) => textOf(entry) ?? textOf(fieldOf(fieldsOf(entry), 'path')) ?? [])
}

/** A service of the same image with another command. */
function takeOther(draft: Draft, service: Service, main: Service, file: string): void {
  const { name, fields } = service
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
