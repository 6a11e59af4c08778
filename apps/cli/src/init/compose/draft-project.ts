import type { Draft, LeftOut } from '../draft.ts'
import { nameFolder, toFreeName } from '../names.ts'
import { fieldOf } from '../values.ts'
import { type ChosenApp, type ChosenServices, chooseServices } from './choose-services.ts'
import { draftService, type ServiceContext } from './draft-service.ts'
import { type ComposeProject, type Service, textOf } from './read-project.ts'
import { listSecretValues } from './secret-values.ts'
import { shareCompanions } from './share-companions.ts'
import { nameCompanions } from './take-companions.ts'
import { describeGiven } from './tell-given.ts'
import { tellUnread } from './tell-unread.ts'

export interface ProjectDrafts {
  drafts: Draft[]
  /** What of the project is none of its apps'. */
  leftOut: LeftOut[]
  /** The files of a compose project that it was read from. */
  read?: readonly string[]
}

const mostApps = 50

/** A compose project as apps. Several are named by the project and the service: `voting-vote`. */
export async function draftProject(
  context: ServiceContext,
  settings: Pick<Draft, 'environment' | 'engine'> & { app: string | undefined },
): Promise<ProjectDrafts> {
  const chosen = chooseServices(context.project)
  const apps = chosen.apps.slice(0, mostApps)
  const project = settings.app ?? context.project.name ?? nameFolder(context.place.folder)
  const names = nameApps(apps, project, settings.app)
  const drafts: Draft[] = []
  const shared = shareCompanions({ apps, companions: chosen.companions })
  const nameOf = (one: ChosenApp) => names[apps.indexOf(one)] ?? ''
  const secretValues = listSecretValues(context.project)
  // One after the other: of two that want the same port, the first gets it.
  for (const one of apps) {
    const used = (shared.of.get(one) ?? []).map(({ service, others }) => ({ service, others: others.map(nameOf) }))
    const companions = nameCompanions(used, one.processes)
    drafts.push(await draftService(one, { ...settings, app: nameOf(one) }, context, { companions, secretValues }))
  }
  for (const draft of drafts) tellNaming(draft, context.project, settings.app)
  const unread = await tellUnread(context.folder, context.project.read)
  return {
    drafts,
    read: context.project.read,
    leftOut: [
      ...tellOthers({ ...chosen, companions: shared.unused }, context.project.file),
      ...context.project.told,
      ...unread,
    ],
  }
}

/** Without .env it would be called otherwise, or not be there. */
function tellNaming(draft: Draft, { given }: ComposeProject, asked: string | undefined): void {
  const found = [asked === undefined ? given.name : undefined, given.profiles].filter((one) => one !== undefined)
  if (found.length > 0) draft.comments.push({ path: ['app'], text: `by ${describeGiven(found)}` })
}

function nameApps(apps: readonly ChosenApp[], project: string, asked: string | undefined): string[] {
  const names = new Set<string>()
  for (const { service } of apps)
    names.add(toFreeName(apps.length === 1 ? (asked ?? project) : `${project}-${service.name}`, names))
  return [...names]
}

const noCompanion =
  'no app of the file names it, so it is nobody’s companion: write it under `services` of one that needs it; what people come in by, and what watches others, runs elsewhere'

function tellOthers({ apps, companions, onDemand }: ChosenServices, file: string): LeftOut[] {
  const more = apps.slice(mostApps).map(({ service }) => service)
  return [
    ...tellServices(companions, noCompanion),
    ...tellServices(
      onDemand,
      `${file} starts what has a profile on demand alone; \`stevedore run\` runs a command once`,
    ),
    ...tellServices(more, `beyond the ${mostApps} apps that are taken`),
  ]
}

function tellServices(services: readonly Service[], why: string): LeftOut[] {
  if (services.length === 0) return []
  const names = services.map((service) => `${service.name}${describeImage(service)}`)
  return [{ what: `${services.length === 1 ? 'service' : 'services'} ${names.join(', ')}`, why }]
}

function describeImage({ fields }: Service): string {
  const image = textOf(fieldOf(fields, 'image'))
  return image === undefined ? '' : ` (${image})`
}
