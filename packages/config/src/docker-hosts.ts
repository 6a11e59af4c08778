import { z } from 'zod'
import { address } from './values.ts'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name has lower-case letters, digits and dashes')

export const dockerAddress = address('unix:', 'tcp:', 'ssh:')

/** Named Docker engines, as JSON or as `name=url,name=url`. */
export const dockerHosts = z
  .string()
  .transform((text, context) => {
    const entries = text.trimStart().startsWith('{') ? parseJson(text) : parsePairs(text)
    if (entries) return entries
    context.addIssue({ code: 'custom', message: 'must be a JSON object or name=url,name=url' })
    return z.NEVER
  })
  .pipe(z.record(name, dockerAddress))

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whoever reads the fault is told what is expected, not what the parser met.
    return undefined
  }
}

function parsePairs(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').map((part) => part.trim().split(/=(.*)/s, 2))
  const names = new Set(pairs.map(([key]) => key))
  if (names.size < pairs.length || pairs.some(([key, url]) => !key || !url)) return undefined
  return Object.fromEntries(pairs)
}
