import { readdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { CliError, exitStatus } from '../exit.ts'
import { type Build, chooseBuilds } from './choose-builds.ts'
import { chooseFiles } from './compose/choose-files.ts'
import { chooseServices } from './compose/choose-services.ts'
import { draftProject, type ProjectDrafts } from './compose/draft-project.ts'
import { loadProject } from './compose/load-project.ts'
import type { ComposeProject } from './compose/read-project.ts'
import type { Draft, LeftOut } from './draft.ts'
import { draftBuild } from './draft-build.ts'
import { draftFolders } from './draft-folders.ts'
import { type FoundDockerfiles, findDockerfiles } from './find-dockerfiles.ts'
import { type FoundManifests, findManifests } from './find-manifests.ts'
import { readForeignFile } from './foreign-file.ts'
import { nameFolder } from './names.ts'
import { findPlace, type Place } from './place.ts'
import { readProcfile, takeProcfile } from './procfile.ts'
import { createManifestAllowance, type ManifestAllowance } from './read-manifests.ts'
import { takeManifests } from './take-manifests.ts'
import { createUsedPorts } from './way-in.ts'

export interface InitSettings {
  folder: string
  app: string | undefined
  environment: string
  engine: Draft['engine'] | undefined
  /** Within the folder. */
  dockerfile: string | undefined
}

interface Project extends InitSettings {
  place: Place
  compose: ComposeProject | undefined
  /** What an app each is built by. */
  builds: Build[]
  /** All of the project's that were found. */
  found: FoundDockerfiles
  manifests: FoundManifests | undefined
  allowance: ManifestAllowance
}

/**
 * The specs of what a folder holds.
 * @throws CliError where it holds nothing that could be built, or a file of it cannot be read
 */
export async function initProject(settings: InitSettings): Promise<ProjectDrafts> {
  const project = await look(settings)
  const { compose, place, builds, manifests, app, environment } = project
  const engine = settings.engine ?? (manifests && !compose ? 'kubernetes' : 'docker')
  const isBuilt = compose?.services.some(({ fields }) => fields.build !== undefined)
  const isByCompose = compose !== undefined && (isBuilt || project.found.paths.length === 0)
  const context = compose && { project: compose, place, folder: compose.folder, used: createUsedPorts() }
  const drafts =
    context && isByCompose
      ? await draftProject(context, { app, environment, engine })
      : await draftBuilds(project, engine)
  if (drafts.drafts.length === 0) throw await nothingToBuild(project)
  const [only, ...others] = drafts.drafts
  if (only && others.length === 0 && builds.length < 2) await addToOnly(only, project)
  else if (manifests && isByCompose)
    drafts.leftOut.push({
      what: 'the manifests',
      why: 'are not divided among the apps of a compose file: write `manifests` into the environment of each',
    })
  if (!isByCompose) drafts.leftOut.push(...tellOtherDockerfiles(project))
  if (project.allowance.isSpent)
    drafts.leftOut.push({
      what: 'manifests',
      why: 'are more than the 4 MiB, or the 1000 objects, that are read of them',
    })
  return drafts
}

async function look(settings: InitSettings): Promise<Project> {
  const place = await findPlace(settings.folder)
  const allowance = createManifestAllowance()
  const [compose, manifests] = await Promise.all([readCompose(place), findManifests(place.folder, allowance)])
  const { dockerfile } = settings
  const found = dockerfile === undefined ? await findDockerfiles(place.folder) : { paths: [dockerfile], isCut: false }
  const builds = await chooseBuilds(place, found.paths, manifests)
  return { ...settings, place, compose, manifests, allowance, found, builds }
}

async function readCompose(place: Place): Promise<ComposeProject | undefined> {
  const files = await chooseFiles(place)
  return files && loadProject(files.text, { place, ...files })
}

async function draftBuilds(project: Project, engine: Draft['engine']): Promise<ProjectDrafts> {
  const { builds, place, manifests, compose, app, environment } = project
  const [build, ...others] = builds
  if (build === undefined) return { drafts: [], leftOut: [] }
  if (others.length === 0) return draftOnly(build, project, engine)
  const drafts = await draftFolders({ builds, place, manifests }, { app, environment, engine })
  return { ...drafts, leftOut: [...drafts.leftOut, ...(compose ? [tellCompose(compose)] : [])] }
}

/** One app, of one Dockerfile; a service of a compose file that runs its image says how. */
async function draftOnly(build: Build, project: Project, engine: Draft['engine']): Promise<ProjectDrafts> {
  const { place, compose, app, environment } = project
  const used = createUsedPorts()
  const running = compose ? chooseServices(compose).apps : []
  const settings = { app: app ?? nameFolder(place.folder), environment, engine }
  if (compose && running.length === 1)
    return draftProject(
      {
        project: compose,
        place,
        folder: compose.folder,
        used,
        build: { context: relative(compose.folder, place.folder) || '.', dockerfile: build.dockerfile },
      },
      settings,
    )
  const draft = await draftBuild(build, settings, { place, used })
  return { drafts: [draft], leftOut: compose ? [tellCompose(compose)] : [] }
}

function tellCompose({ file }: ComposeProject): LeftOut {
  return { what: file, why: 'builds nothing, and no single service of it is this app' }
}

/** Those of other folders than the one that is taken. */
function tellOtherDockerfiles({ builds, found, place }: Project): LeftOut[] {
  const taken = new Set(
    builds.flatMap((one) => [relative(place.folder, join(one.context, one.dockerfile)), ...one.beside]),
  )
  const others = found.paths.filter((path) => !taken.has(path))
  const named = others.slice(0, 10).join(', ')
  const more = others.length > 10 ? ` and ${others.length - 10} more` : ''
  return [
    ...(others.length === 0
      ? []
      : [
          {
            what: `${named}${more}`,
            why: 'is not taken: an app of its own by `stevedore init` in its folder, or by `--dockerfile` and `--app`',
          },
        ]),
    ...(found.isCut
      ? [
          {
            what: 'Dockerfiles',
            why: `there may be more than the ${found.paths.length} that were found: name one by \`--dockerfile\``,
          },
        ]
      : []),
  ]
}

/** What a folder has beside its Dockerfile, which is about one app. */
async function addToOnly(draft: Draft, { place, manifests }: Project): Promise<void> {
  const procfile = await readForeignFile(place.root, join(place.folder, 'Procfile'))
  if (procfile !== undefined) takeProcfile(draft, readProcfile(procfile), draft.runs)
  if (manifests) takeManifests(draft, manifests, place, new Set([draft.app, nameFolder(place.folder)]))
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

async function nothingToBuild({ place, found, compose, ...settings }: Project): Promise<CliError> {
  if (found.paths.length > 1) return severalDockerfiles(found.paths, settings, compose)
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
  const first = dockerfiles.find((path) => /^dockerfile$/i.test(basename(path))) ?? dockerfiles[0] ?? ''
  const own = folder === '.' ? '' : ` ${folder}`
  const image = compose
    ? ` For the image that ${compose.file} runs: stevedore import compose ${join(folder, compose.file)}.`
    : ''
  return new CliError(
    exitStatus.usage,
    `There are several Dockerfiles below ${folder}, none in it and none in a folder that looks like an app: ${dockerfiles.slice(0, 20).join(', ')}`,
    `Name one: stevedore init${own} --dockerfile ${first}. Where each is an app with a folder of its own: stevedore init ${join(folder, dirname(first))}.${image}`,
  )
}
