import type { AppSpec } from '@stevedore/contract'
import { Command } from 'commander'
import { describeVersion } from '../archive/describe-version.ts'
import { packDirectory } from '../archive/pack-directory.ts'
import type { Client } from '../client/client.ts'
import { addFollowOptions, connect, type ServerOptions } from '../connect.ts'
import { CliError, exitStatus } from '../exit.ts'
import { hasSpecFile, listApps, readSpecFile, specFileName } from '../spec-file.ts'
import { startJob, type WatchOptions } from '../watch/watch-job.ts'

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
    .description(
      'build the default target of an app, another one, or `all`; the app is the one of ./stevedore.yaml unless named',
    )
    .usage('[options] [APP] [TARGET|all]')
    .argument('[names...]', '[APP] [TARGET|all]')
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
  const client = await connect(options)
  const source = await chooseSource(client, app, options)
  const { push, registry, ref } = options
  const noCache = options.cache ? undefined : true
  await startJob(client, { kind: 'build', app, target, push, registry, noCache, ref, ...source }, options)
}

/** One name alone is a target of the app of this folder, unless there is none here or it is that app's own name. */
async function readNames([first, second, ...rest]: string[]): Promise<{ app: string; target: string | undefined }> {
  if (rest.length > 0) throw new CliError(exitStatus.usage, `too many arguments: ${rest.join(' ')}`)
  if (first !== undefined && (second !== undefined || !(await hasSpecFile(specFileName))))
    return { app: first, target: second }
  const apps = listApps(await readSpecFile(specFileName))
  if (first !== undefined && apps.includes(first)) return { app: first, target: undefined }
  const [app, ...others] = apps
  if (app !== undefined && others.length === 0) return { app, target: first }
  throw new CliError(
    exitStatus.usage,
    `${specFileName} has several apps: ${apps.join(', ')}`,
    `Name the one to build: stevedore build ${app ?? 'APP'}${first === undefined ? '' : ` ${first}`}`,
  )
}

/** The version, where one is named; of a folder, which the server cannot fetch as it does git, always one, and its upload. */
async function chooseSource(
  client: Client,
  app: string,
  options: Options,
): Promise<{ upload?: string; version?: string }> {
  const { spec } = await client.call('getApp', { params: { app } })
  if (options.from === undefined && spec.source.git) return { version: options.version }
  if (options.ref) throw new CliError(exitStatus.usage, '--ref goes with a git source; a folder is built as it is')
  const dir = options.from ?? '.'
  const version = options.version ?? (await describeVersion(dir))
  return { upload: await uploadDirectory(client, spec, dir), version }
}

async function uploadDirectory(client: Client, { app, source, build }: AppSpec, dir: string): Promise<string> {
  const body = await packDirectory(dir, { path: source.path, dockerfile: build.dockerfile })
  return (await client.call('uploadSource', { params: { app }, body })).id
}
