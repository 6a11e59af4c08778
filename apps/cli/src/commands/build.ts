import type { AppSpec, AppView } from '@stevedore/contract'
import { Command } from 'commander'
import { describeVersion } from '../archive/describe-version.ts'
import { packDirectory } from '../archive/pack-directory.ts'
import { apiPath, type Client } from '../client/client.ts'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { requestJob } from '../job-request.ts'
import { readSpecFile, specFileName } from '../spec-file.ts'
import { type WatchOptions, watchJob } from '../watch.ts'

interface Options extends ServerOptions, WatchOptions {
  version?: string
  push?: boolean
  registry?: string
  /** Commander's reading of `--no-cache`. */
  cache: boolean
  ref?: string
  from?: string
}

export function createBuildCommand(): Command {
  return addFollowOptions(new Command('build'))
    .description('build a target of an app, or `all` of them; the app is that of ./stevedore.yaml unless named')
    .usage('[options] [APP] TARGET|all')
    .argument('<names...>', '[APP] TARGET|all')
    .option('--version <version>', 'the version; by default what `git describe --tags --always --dirty` says')
    .option('--push', 'push the images once they are built')
    .option('--registry <host>', 'another registry than the spec’s')
    .option('--no-cache', 'build every step anew')
    .option('--ref <ref>', 'a branch, tag or full commit instead of the spec’s')
    .option('--from <dir>', 'build this folder instead of the git source; the default where the spec has none')
    .action(runBuild)
}

async function runBuild(names: string[], options: Options): Promise<void> {
  const { app, target } = await readNames(names)
  const client = connect(options)
  const source = await chooseSource(client, app, options)
  const { version = source.version, push, registry, ref } = options
  const noCache = options.cache ? undefined : true
  const upload = source.upload
  const job = await requestJob(client, { kind: 'build', app, target, version, push, registry, noCache, ref, upload })
  await watchJob(client, job, options)
}

async function readNames(names: string[]): Promise<{ app: string; target: string }> {
  const [first = '', second, ...rest] = names
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  return second === undefined
    ? { app: (await readSpecFile(specFileName)).app, target: first }
    : { app: first, target: second }
}

/** Nothing for git, which the server fetches; for a folder its upload, and its version unless one is named. */
async function chooseSource(
  client: Client,
  app: string,
  options: Options,
): Promise<{ upload?: string; version?: string }> {
  const { spec } = await client.get<AppView>(apiPath`/v1/apps/${app}`)
  if (options.from === undefined && spec.source.git) return {}
  if (options.ref) throw new CliError(exitStatus.usage, '--ref goes with a git source; a folder is built as it is')
  const dir = options.from ?? '.'
  const version = options.version ?? (await describeVersion(dir))
  return { upload: await uploadDirectory(client, spec, dir), version }
}

async function uploadDirectory(client: Client, { app, source, build }: AppSpec, dir: string): Promise<string> {
  const pack = await packDirectory(dir, { path: source.path, dockerfile: build.dockerfile })
  const { id } = await client.post<{ id: string }>(apiPath`/v1/apps/${app}/uploads`, {
    body: pack,
    headers: { 'content-type': 'application/x-tar' },
  })
  return id
}
