import { isMap } from './spec-at.ts'
import { readPlain } from './yaml-scalar.ts'

/** Writes a spec in the YAML that `parsePlainYaml` reads. */
export function writePlainYaml(spec: Record<string, unknown>): string {
  return `${writeMap(spec, '').join('\n')}\n`
}

function writeMap(map: Record<string, unknown>, indent: string): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const head = `${indent}${writeText(key)}:`
    if (isMap(value) && Object.keys(value).length > 0 && !isShort(value))
      return [head, ...writeMap(value, `${indent}  `)]
    if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
      return [head, ...value.map((item) => `${indent}  - ${writeFlow(item)}`)]
    return [`${head} ${writeFlow(value)}`]
  })
}

const longest = 60

/** What holds nothing but scalars stands on one line, as people write it. */
function isShort(map: Record<string, unknown>): boolean {
  return Object.values(map).every((value) => typeof value !== 'object') && writeFlow(map).length <= longest
}

function writeFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeFlow).join(', ')}]`
  if (!isMap(value)) return typeof value === 'string' ? writeText(value) : JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, one]) => `${writeText(key)}: ${writeFlow(one)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** As it is where it can be read as nothing else, and in quotes otherwise. */
function writeText(text: string): string {
  const isPlain = /^[A-Za-z./][\w./@*:+-]*( [\w./@*+-]+)*$/.test(text) && !text.endsWith(':') && !text.includes(': ')
  return isPlain && readPlain(text, false) === text ? text : JSON.stringify(text)
}
