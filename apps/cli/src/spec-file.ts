import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { CliError, exitStatus } from './exit.ts'

export const specFileName = 'stevedore.yaml'

/** Reads an app spec as it is written; the server checks it and lists every fault. */
export async function readSpecFile(path: string): Promise<Record<string, unknown> & { app: string }> {
  const spec: unknown = parseYaml(path, await readText(path))
  if (typeof spec === 'object' && spec !== null && 'app' in spec && typeof spec.app === 'string')
    return spec as { app: string }
  throw new CliError(exitStatus.usage, `${path}: has no \`app:\` with the name of the app`)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path, 'utf8')
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new CliError(exitStatus.usage, `${path}: is not YAML: ${(error as Error).message}`)
  }
}
