import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError, exitStatus } from '../exit.ts'
import { chooseServices } from './compose/choose-services.ts'
import { draftProject, type ProjectDrafts } from './compose/draft-project.ts'
import { type ComposeProject, readProject } from './compose/read-project.ts'
import { readStages } from './dockerfile.ts'
import type { Draft } from './draft.ts'
import { findDockerfiles } from './find-dockerfiles.ts'
import { findManifests } from './find-manifests.ts'
import { readForeignFile } from './foreign-file.ts'
import { nameFolder } from './names.ts'
import { openDraft } from './open-draft.ts'
import { findPlace, type Place, pathInSource } from './place.ts'
import { readProcfile, takeProcfile } from './procfile.ts'
import { takeDockerfile } from './take-dockerfile.ts'
import { takeManifests } from './take-manifests.ts'
import { takeDockerfilePath, takeSource } from './take-source.ts'
import { createUsedPorts } from './way-in.ts'

export interface InitSettings {
  folder: string
  app: string | undefined
  environment: string
  engine: Draft['engine'] | undefined
  /** Within the folder. */
  dockerfile: string | undefined
}

/** In the order in which compose looks for them. */
const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']

interface Project extends InitSettings {
  place: Place
  compose: ComposeProject | undefined
  dockerfiles: string[]
  manifests: Awaited<ReturnType<typeof findManifests>>
}

/**
 * The specs of what a folder holds.
 * @throws CliError where it holds nothing that could be built, or a file of it cannot be read
 */
export async function initProject(settings: InitSettings): Promise<ProjectDrafts> {
  const project = await look(settings)
  const { compose, place, dockerfiles, app, environment } = project
  const engine = settings.engine ?? (project.manifests && !compose ? 'kubernetes' : 'docker')
  const isBuilt = compose?.services.some(({ fields }) => fields.build !== undefined)
  const context = compose && { project: compose, place, folder: place.folder, used: createUsedPorts() }
  const drafts =
    context && (isBuilt || dockerfiles.length === 0)
      ? await draftProject(context, { app, environment, engine })
      : await draftFolder(project, engine)
  if (drafts.drafts.length === 0) throw await nothingToBuild(project)
  const [only, ...others] = drafts.drafts
  if (only && others.length === 0) await addToOnly(only, project)
  else if (project.manifests)
    drafts.leftOut.push({
      what: 'the manifests',
      why: 'are not divided among several apps: write `manifests` into the environment of each',
    })
  return drafts
}

async function look(settings: InitSettings): Promise<Project> {
  const place = await findPlace(settings.folder)
  const [compose, manifests] = await Promise.all([readCompose(place), findManifests(place.folder)])
  const dockerfiles = settings.dockerfile === undefined ? await chooseDockerfiles(place) : [settings.dockerfile]
  return { ...settings, place, compose, manifests, dockerfiles }
}

async function readCompose({ root, folder }: Place): Promise<ComposeProject | undefined> {
  for (const name of composeFiles) {
    const text = await readForeignFile(root, join(folder, name))
    if (text !== undefined) return readProject(text, name)
  }
  return undefined
}

/** The folder's own, else the only one below it; one with no more to its name goes before others. */
async function chooseDockerfiles({ folder }: Place): Promise<string[]> {
  const found = await findDockerfiles(folder)
  const own = found.find((path) => path.toLowerCase() === 'dockerfile')
  const plain = found.filter((path) => basename(path).toLowerCase() === 'dockerfile')
  if (own !== undefined) return [own]
  return plain.length === 1 ? plain : found
}

/** One app, of one Dockerfile; a service of a compose file that runs its image says how. */
async function draftFolder(project: Project, engine: Draft['engine']): Promise<ProjectDrafts> {
  const { place, dockerfiles, compose, app, environment } = project
  const [dockerfile, ...others] = dockerfiles
  if (dockerfile === undefined || others.length > 0) return { drafts: [], leftOut: [] }
  const used = createUsedPorts()
  const running = compose ? chooseServices(compose).apps : []
  if (compose && running.length === 1)
    return draftProject(
      { project: compose, place, folder: place.folder, used, build: { context: '.', dockerfile } },
      { app: app ?? nameFolder(place.folder), environment, engine },
    )
  const draft = openDraft({ app: app ?? nameFolder(place.folder), environment, engine })
  takeSource(draft, place, place.folder)
  takeDockerfilePath(draft, { context: place.folder, dockerfile })
  const path = join(place.folder, dockerfile)
  const name = pathInSource(place, path) ?? dockerfile
  const text = await readForeignFile(place.root, path)
  if (text === undefined) throw new CliError(exitStatus.usage, `${dockerfile}: is not there`)
  takeDockerfile(draft, { name, stages: readStages(text, name) }, used)
  const leftOut = compose
    ? [{ what: compose.file, why: 'builds nothing, and no single service of it is this app' }]
    : []
  return { drafts: [draft], leftOut }
}

/** What a folder has beside its Dockerfile, which is about one app. */
async function addToOnly(draft: Draft, { place, manifests }: Project): Promise<void> {
  const procfile = await readForeignFile(place.root, join(place.folder, 'Procfile'))
  if (procfile !== undefined) takeProcfile(draft, readProcfile(procfile), draft.runs)
  if (manifests) takeManifests(draft, manifests, place)
}

/** What a project is written in, by the file that says so. */
const languages: Record<string, string> = {
  'package.json': 'Node.js',
  'requirements.txt': 'Python',
  'pyproject.toml': 'Python',
  'go.mod': 'Go',
  Gemfile: 'Ruby',
  'Cargo.toml': 'Rust',
  'pom.xml': 'Java',
  'composer.json': 'PHP',
}

async function nothingToBuild({ place, dockerfiles, compose, ...settings }: Project): Promise<CliError> {
  if (dockerfiles.length > 1) return severalDockerfiles(dockerfiles, settings, compose)
  const names = await readdir(place.folder)
  const language = names.map((name) => languages[name]).find((one) => one !== undefined)
  return new CliError(
    exitStatus.usage,
    `There is no Dockerfile and no compose file in ${place.folder}${language ? `, which looks like a project of ${language}` : ''}`,
    'Stevedore builds what a Dockerfile says and invents none: write one (https://docs.docker.com/guides/ has one for each language), then stevedore init.',
  )
}

function severalDockerfiles(
  dockerfiles: string[],
  { folder }: Pick<Project, 'folder'>,
  compose: ComposeProject | undefined,
): CliError {
  const [first = ''] = dockerfiles
  const own = folder === '.' ? '' : ` ${folder}`
  const image = compose
    ? ` For the image that ${compose.file} runs: stevedore import compose ${join(folder, compose.file)}.`
    : ''
  return new CliError(
    exitStatus.usage,
    `There are several Dockerfiles below ${folder}, and none in it: ${dockerfiles.join(', ')}`,
    `Name one: stevedore init${own} --dockerfile ${first}. Where each is an app with a folder of its own: stevedore init ${join(folder, dirname(first))}.${image}`,
  )
}
