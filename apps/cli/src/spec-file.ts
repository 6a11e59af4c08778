import { access, readFile } from 'node:fs/promises'
import type { AppSpecInput } from '@stevedore/contract'
import { CliError, exitStatus } from './exit.ts'
import { systemCode, unlessAbsent } from './system-error.ts'

export const specFileName = 'stevedore.yaml'

/** Reads an app spec as it is written. Only its `app` is looked at: the server checks the whole and lists every fault. */
export async function readSpecFile(path: string): Promise<AppSpecInput> {
  const spec = await tryReadSpecFile(path)
  if (spec) return spec
  throw new CliError(
    exitStatus.usage,
    `There is no ${path} here`,
    'Go to the folder that has it, or name what it would say: the file by -f, the app by its name.',
  )
}

/** The same, or undefined where there is no such file. */
export async function tryReadSpecFile(path: string): Promise<AppSpecInput | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const spec = dropExtensions(await parseYaml(path, text))
  if (namesApp(spec)) return spec
  throw new CliError(exitStatus.usage, `${path}: has no \`app:\` with the name of the app`)
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

/** Keys that begin with `x-` hold what the rest of the file refers to, as in files of Compose. */
function dropExtensions(spec: unknown): unknown {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return spec
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
  return typeof spec === 'object' && spec !== null && 'app' in spec && typeof spec.app === 'string'
}
