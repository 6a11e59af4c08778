import { readFile } from 'node:fs/promises'
import type { AppSpecInput } from '@stevedore/contract'
import { CliError, exitStatus } from './exit.ts'
import { systemCode } from './system-error.ts'

export const specFileName = 'stevedore.yaml'

/** Reads an app spec as it is written. Only its `app` is looked at: the server checks the whole and lists every fault. */
export async function readSpecFile(path: string): Promise<AppSpecInput> {
  const spec = await parseYaml(path, await readText(path))
  if (namesApp(spec)) return spec
  throw new CliError(exitStatus.usage, `${path}: has no \`app:\` with the name of the app`)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path, 'utf8')
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: cannot be read (${systemCode(error)})`)
  }
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  const { parse } = await import('yaml')
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: is not YAML: ${error instanceof Error ? error.message : error}`)
  }
}

function namesApp(spec: unknown): spec is AppSpecInput {
  return typeof spec === 'object' && spec !== null && 'app' in spec && typeof spec.app === 'string'
}
