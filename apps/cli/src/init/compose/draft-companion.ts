import {
  createDraft,
  type Draft,
  leaveOut,
  leaveToPerson,
  readSetting,
  removeAt,
  settingPath,
  takeSetting,
} from '../draft.ts'
import { unknownDigest } from '../held-back.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { findKnownImage, type KnownImage } from './known-images.ts'
import { isSet, type Service, textOf } from './read-project.ts'
import { hideSecrets } from './secret-values.ts'
import { takeRights } from './take-account.ts'
import { takeCommand } from './take-command.ts'
import { takeCompanionVolume } from './take-companion-volume.ts'
import type { KnownNames } from './take-environment.ts'
import { takeHealthcheck } from './take-health.ts'
import { takeLimits } from './take-limits.ts'
import { readPort } from './take-ports.ts'
import { takeVariables } from './take-variables.ts'
import type { ProjectFolder } from './take-volumes.ts'
import { tellGiven } from './tell-given.ts'
import { tellRest } from './tell-rest.ts'

export interface CompanionContext extends ProjectFolder {
  names: KnownNames
  /** Values that may stand in no spec. */
  secretValues: ReadonlySet<string>
}

/** What a person may give to a shell as it is. */
const isName = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,500}$/

/** What a service says as a companion, by the settings that it has in common with an environment. Undefined where no image can be told. */
export async function draftCompanion(
  service: Service,
  { app, environment, engine }: Pick<Draft, 'app' | 'environment' | 'engine'>,
  context: CompanionContext,
): Promise<Draft | undefined> {
  const image = textOf(fieldOf(service.fields, 'image'))
  if (image === undefined || !isName.test(image)) return undefined
  const { file } = context
  const draft = createDraft({ app, environment, engine })
  const known = findKnownImage(image)
  takeSetting(draft, ['image'], image.includes('@') ? image : `${image}@${unknownDigest}`, `image ${image}`)
  takeOwnPort(draft, service, known, file)
  takeCommand(draft, service, file)
  await takeVariables(draft, service, context, context.names)
  takeHealthcheck(draft, service, file)
  takeRights(draft, service, file)
  if (isSet(fieldOf(service.fields, 'read_only'))) takeSetting(draft, ['readOnlyRoot'], true, `read_only in ${file}`)
  takeUser(draft, service, known)
  await takeCompanionVolume(draft, service, known, context)
  takeLimits(draft, service)
  tellOthers(draft, service)
  tellGiven(draft, service)
  hideSecrets(draft, context.secretValues)
  askForCommand(draft, service)
  return draft
}

/** What it listens on: what the file opens or tells, the usual port of the image before others. */
function takeOwnPort(draft: Draft, { fields }: Service, known: KnownImage | undefined, file: string): void {
  const [opened, exposed] = (['ports', 'expose'] as const).map((key) =>
    listOf(fieldOf(fields, key))
      .slice(0, 20)
      .flatMap((entry) => readPort(draft, entry))
      .filter(({ isUdp }) => !isUdp),
  )
  const all = [...(exposed ?? []), ...(opened ?? [])]
  const main = all.find(({ port }) => port === known?.port) ?? all[0]
  if (main) takeSetting(draft, ['port'], main.port, `"${main.written}" in ${file}`)
  else if (known) takeSetting(draft, ['port'], known.port, 'the usual one of that image')
  for (const { written } of opened ?? [])
    leaveOut(draft, `ports ${written}`, 'no port of the machine leads to a companion: it is found by its name alone')
}

function takeUser(draft: Draft, { name }: Service, known: KnownImage | undefined): void {
  if (readSetting(draft, 'user') !== undefined) return
  if (known?.user !== undefined)
    takeSetting(draft, ['user'], known.user, 'a guess: who that image gives its rights up for')
  else if (!known)
    leaveToPerson(
      draft,
      settingPath(draft, 'image'),
      `Who ${name} runs as: the USER of its image, 1000 where that is root. One that begins as root and gives its rights up takes the number of that user: \`user: 999\`.`,
    )
}

function tellOthers(draft: Draft, service: Service): void {
  const { fields } = service
  if (readSetting(draft, 'replicas') !== undefined) leaveOut(draft, 'replicas', 'a companion is one container')
  removeAt(draft.spec, settingPath(draft, 'replicas'))
  if (isSet(fieldOf(fields, 'init'))) leaveOut(draft, 'init', 'a companion is started as its image says')
  const files = (['configs', 'secrets'] as const).flatMap((key) => listOf(fieldOf(fields, key)).slice(0, 64))
  for (const entry of files) {
    const name = textOf(entry) ?? textOf(fieldOf(fieldsOf(entry), 'source'))
    if (name) leaveOut(draft, `file ${name}`, 'a companion has no files: its image or a variable brings what it reads')
  }
  tellRest(draft, service)
}

/** A command that is not carried over is a companion that runs otherwise than its app expects. */
function askForCommand(draft: Draft, { name, fields }: Service): void {
  const isTaken = (['command', 'args'] as const).some((key) => readSetting(draft, key) !== undefined)
  const isSaid = (['entrypoint', 'command'] as const).some((key) => fieldOf(fields, key) != null)
  if (isSaid && !isTaken)
    leaveToPerson(
      draft,
      settingPath(draft, 'image'),
      `The command of ${name}: a password in it comes by a variable of its \`secrets\`, \`command: [/bin/sh, -c, 'exec server --password "$PASSWORD"']\`.`,
    )
}
