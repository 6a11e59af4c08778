import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { chooseContext } from './choose-context.ts'
import { deploymentsOf, type FoundManifests } from './find-manifests.ts'
import { nameFolder } from './names.ts'
import { nameImages, runsNamed } from './own-images.ts'
import type { Place } from './place.ts'

/** A Dockerfile that makes an app's image. */
export interface Build {
  /** What the app is called among those of its project. */
  name: string
  /** Absolute: what is built from. */
  context: string
  /** Within the context. */
  dockerfile: string
  /** Absolute: where the Dockerfile lies. */
  folder: string
  /** Dockerfiles in the same folder that are not taken, as a person finds them. */
  beside: string[]
}

/** Folders of which a Dockerfile builds something else than what lies beside it: packages, tools, tests. */
const side = new Set(
  [
    'packaging docker dockerfiles build ci deploy deployment dev debian rpm images',
    'test tests testing e2e fixtures benchmark benchmarks bench example examples sample samples',
    'extra extras contrib tools scripts hack docs doc third_party third-party',
  ].flatMap((line) => line.split(' ')),
)

/** The Dockerfiles of a folder, of which the plain one counts. */
interface Group {
  folder: string
  dockerfile: string
  beside: string[]
}

/**
 * What the apps of a project are built by: the folder's own Dockerfile, or the only one below it; else one for each folder that has one and
 * what it builds. Beside the folder's own there are others where manifests run their images. @param paths of Dockerfiles in it
 */
export async function chooseBuilds(
  place: Place,
  paths: readonly string[],
  manifests: FoundManifests | undefined,
): Promise<Build[]> {
  const [only, ...others] = paths
  if (only !== undefined && others.length === 0) return [toOnly(place, only, paths)]
  const groups = groupByFolder(paths)
  const own = groups.find(({ folder, dockerfile }) => folder === '.' && isForServers(dockerfile))
  const below: Build[] = []
  for (const group of groups)
    if (group.folder !== '.' && (await holdsApp(place.folder, group.folder))) below.push(await toBuild(place, group))
  if (own) {
    const build = toOnly(place, own.dockerfile, paths)
    return [build, ...below.filter(({ name }) => runs(manifests, nameImages({ name }, build.name)))]
  }
  const [plain, ...more] = paths.filter((path) => plainName.test(basename(path)))
  return below.length < 2 && plain !== undefined && more.length === 0 ? [toOnly(place, plain, paths)] : below
}

/** As `docker build -f` in the folder of the project. */
function toOnly(place: Place, path: string, paths: readonly string[]): Build {
  const beside = paths.filter((one) => one !== path && dirname(one) === dirname(path))
  return { name: nameFolder(place.folder), context: place.folder, dockerfile: path, folder: place.folder, beside }
}

const plainName = /^dockerfile$/i
const productionName = /^(dockerfile\.prod(uction)?|prod(uction)?\.dockerfile)$/i

/** Whether it says by its name that it is the one for a server, or nothing more. */
function isForServers(name: string): boolean {
  return plainName.test(name) || productionName.test(name)
}

function runs(manifests: FoundManifests | undefined, names: ReadonlySet<string>): boolean {
  return manifests !== undefined && deploymentsOf(manifests.objects).some((one) => runsNamed(one, names))
}

function groupByFolder(paths: readonly string[]): Group[] {
  return [...Map.groupBy(paths, dirname)].flatMap(([folder, all]) => {
    const dockerfile = choosePlain(all)
    return dockerfile === undefined
      ? []
      : [{ folder, dockerfile: basename(dockerfile), beside: all.filter((one) => one !== dockerfile) }]
  })
}

/** One with no more to its name, else the one for production, else the only one. */
function choosePlain(paths: readonly string[]): string | undefined {
  const named = [plainName, productionName].map((name) => paths.find((path) => name.test(basename(path))))
  return named.find((path) => path !== undefined) ?? (paths.length === 1 ? paths[0] : undefined)
}

async function holdsApp(root: string, folder: string): Promise<boolean> {
  if (folder !== '.' && folder.split('/').some((part) => side.has(part.toLowerCase()))) return false
  const names = await readdir(join(root, folder)).catch(() => [])
  return names.some((name) => !/^\.|dockerfile|\.md$/i.test(name))
}

async function toBuild(place: Place, { folder, dockerfile, beside }: Group): Promise<Build> {
  const own = join(place.folder, folder)
  const context = await chooseContext(place, { folder: own, dockerfile })
  return {
    name: nameFolder(own),
    folder: own,
    beside,
    context,
    dockerfile: context === own ? dockerfile : join(folder, dockerfile),
  }
}
