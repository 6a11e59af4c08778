import { chooseTargets } from './choose-targets.ts'
import type { StageFacts } from './dockerfile.ts'
import { type Draft, leaveOut, leaveToPerson, readSetting, settingPath, take, takeSetting } from './draft.ts'
import { guessHealthPath } from './guess-health-path.ts'
import { takeVolume } from './take-volume.ts'
import { askForPort, takeMainPort, type UsedPorts } from './way-in.ts'

export interface ReadDockerfile {
  /** As a person finds it: `docker/Dockerfile`. */
  name: string
  stages: [StageFacts, ...StageFacts[]]
  /** The target that a compose file names. */
  wanted?: string | undefined
}

/** Brings into a draft what a Dockerfile says and nothing before it has said. */
export function takeDockerfile(draft: Draft, dockerfile: ReadDockerfile, used: UsedPorts): StageFacts {
  const stage = takeTargets(draft, dockerfile)
  takeImagePorts(draft, stage, { name: dockerfile.name, used })
  takeImageSettings(draft, stage, dockerfile.name)
  return stage
}

/** What is built; gives the stage that is deployed. */
export function takeTargets(draft: Draft, { name, stages, wanted }: ReadDockerfile): StageFacts {
  const { targets, stage, steps } = chooseTargets(stages, wanted)
  draft.runs = { hasEntrypoint: stage.hasEntrypoint, hasCommand: stage.hasCommand }
  if (targets) {
    take(draft, ['build', 'targets'], targets, `stages of ${name}`)
    take(draft, ['build', 'default'], stage.name, stage.name === wanted ? 'target of the service' : 'what is deployed')
    if (steps.length > 0)
      leaveOut(
        draft,
        `stages ${steps.join(', ')}`,
        'taken for steps on the way: put one under build.targets to have an image of it',
      )
  } else if (stages.length > 1 && steps.length > 0)
    leaveOut(
      draft,
      `stages ${steps.join(', ')}`,
      `taken for steps on the way: the last stage of ${name} has no name, and is what is built`,
    )
  return stage
}

/** What it listens on, unless that is known. */
export function takeImagePorts(
  draft: Draft,
  { ports, portVariable }: StageFacts,
  { name, used }: { name: string; used: UsedPorts },
): void {
  const [main, ...others] = ports.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port)
  for (const { port } of ports.filter(({ protocol }) => protocol === 'udp'))
    leaveOut(draft, `EXPOSE ${port}/udp`, 'only TCP comes in')
  if (readSetting(draft, 'containerPort') !== undefined) return
  const byVariable = Number(portVariable)
  if (main !== undefined) {
    takeMainPort(draft, { port: main, from: `EXPOSE ${main} in ${name}` }, used)
    for (const port of others) leaveOut(draft, `EXPOSE ${port}`, 'a further port has a way in once `ports` names it')
  } else if (Number.isInteger(byVariable) && byVariable > 0)
    takeMainPort(draft, { port: byVariable, from: `ENV PORT=${byVariable} in ${name}` }, used)
  else askForPort(draft)
}

/** Its health, its data and its user, unless they are known. */
export function takeImageSettings(draft: Draft, stage: StageFacts, name: string): void {
  takeHealth(draft, stage, name)
  for (const path of stage.volumes) takeVolume(draft, path, { from: `VOLUME ${path} in ${name}` })
  if (readSetting(draft, 'user') === undefined) askForUser(draft, stage, name)
}

function takeHealth(draft: Draft, { health }: StageFacts, name: string): void {
  const port = readSetting(draft, 'containerPort')
  if (readSetting(draft, 'health') !== undefined || health === 'none') return
  const path = health === undefined || typeof port !== 'number' ? undefined : guessHealthPath(health, port)
  if (path !== undefined) takeSetting(draft, ['health', 'path'], path, `HEALTHCHECK in ${name}`)
  else if (health !== undefined)
    draft.comments.push({ path: settingPath(draft), text: `health: the image's HEALTHCHECK` })
  else if (port !== undefined && readSetting(draft, 'manifests') === undefined)
    leaveToPerson(
      draft,
      settingPath(draft),
      'What says that it is well: `health: { path: /health }`. Without one it is enough that its port takes connections.',
    )
}

function askForUser(draft: Draft, { user }: StageFacts, name: string): void {
  const [account = ''] = (user ?? '').split(':')
  if (account !== '' && account !== 'root' && account !== '0') return
  const told =
    account === '' ? `${name} has no USER, so unless its base image has one` : `USER ${account} in ${name} is root, so`
  leaveToPerson(
    draft,
    settingPath(draft),
    `${told} it runs as user 1000. If it has to begin as root: \`allowRoot: true\` and the \`capabilities\` that it needs.`,
  )
}
