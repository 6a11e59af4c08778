import { readFileSync } from 'node:fs'
import { configVariables } from './environment.ts'

/** What is wrong with one variable; never its value. */
export interface ConfigFault {
  variable: string
  message: string
}

export type Environment = Record<string, string | undefined>

/** The raw value of each variable, from itself or from the file that `NAME_FILE` names; empty ones count as absent. */
export function readVariables(env: Environment) {
  const values: Record<string, string> = {}
  const faults: ConfigFault[] = []
  for (const { name } of configVariables) {
    const file = env[`${name}_FILE`]
    if (env[name] && file) faults.push({ variable: name, message: `is given twice, also as ${name}_FILE` })
    const value = env[name] || (file ? readValue(`${name}_FILE`, file, faults) : undefined)
    if (value) values[name] = value
  }
  return { values, faults }
}

function readValue(variable: string, path: string, faults: ConfigFault[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
    faults.push({ variable, message: `names a file that cannot be read (${code})` })
    return undefined
  }
}
