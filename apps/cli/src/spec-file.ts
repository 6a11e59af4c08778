import { access, readFile } from 'node:fs/promises'
import type { AppSpecInput, AppsSpecInput } from '@stevedore/contract'
import { CliError, exitStatus } from './exit.ts'
import { systemCode, unlessAbsent } from './system-error.ts'

export const specFileName = 'stevedore.yaml'

/** Of one app, or of several under their names. */
export type SpecFile = AppSpecInput | AppsSpecInput

/** The apps that it declares. */
export function listApps(spec: SpecFile): string[] {
  return 'apps' in spec ? Object.keys(spec.apps) : [spec.app]
}

/** Reads what is written. Only the names of apps are looked at: the server checks the whole and lists every fault. */
export async function readSpecFile(path: string): Promise<SpecFile> {
  const spec = await tryReadSpecFile(path)
  if (spec) return spec
  throw new CliError(
    exitStatus.usage,
    `There is no ${path} here`,
    'Go to the folder that has it, or name what it would say: the file by -f, the app by its name.',
  )
}

/** The same, or undefined where there is no such file. */
export async function tryReadSpecFile(path: string): Promise<SpecFile | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const spec = dropAll(await parseYaml(path, text))
  if (namesApps(spec) || namesApp(spec)) return spec
  throw new CliError(
    exitStatus.usage,
    `${path}: has no \`app:\` with the name of the app, nor \`apps:\` with several under their names`,
  )
}

/** Whether there is one that can be read. */
export function hasSpecFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await unlessAbsent(readFile(path === '-' ? '/dev/stdin' : path, 'utf8'))
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: cannot be read (${systemCode(error)})`)
  }
}

function dropAll(written: unknown): unknown {
  const spec = dropExtensions(written)
  if (!namesApps(spec)) return spec
  const apps = Object.entries(spec.apps).map(([name, one]) => [name, dropExtensions(one)])
  return { ...spec, apps: Object.fromEntries(apps) }
}

/** Keys that begin with `x-` hold what the rest of the file refers to, as in files of Compose. */
function dropExtensions(spec: unknown): unknown {
  if (!isMap(spec)) return spec
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !key.startsWith('x-')))
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  const { parseSpec } = await import('./parse-spec.ts')
  try {
    return parseSpec(text)
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: is not YAML: ${error instanceof Error ? error.message : error}`)
  }
}

function namesApp(spec: unknown): spec is AppSpecInput {
  return isMap(spec) && typeof spec.app === 'string'
}

function namesApps(spec: unknown): spec is AppsSpecInput {
  return isMap(spec) && isMap(spec.apps)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
