import { createHash } from 'node:crypto'
import { DatabaseError } from 'pg'

/** What the driver is asked: with a name, the server keeps its plan for the connection, and the text goes there once. */
interface Statement {
  text: string
  name?: string
}

/** So many are kept by each connection; what a process says beyond is prepared anew each time. */
const mostNamed = 400
const longestNamed = 16_384

const names = new Map<string, string>()
const said = new Set<string>()

/**
 * Whether a connection's plans are of before a migration that changed a type: it would refuse the same statement for as long as it lasts.
 * @param error of the driver
 */
export function isOfOldPlan(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '0A000'
}

/** Gives a statement a name the second time that this process says it: what is said once, or in ever other words, is not worth a plan. */
export function nameStatement(statement: Statement): Statement {
  const { text } = statement
  if (statement.name !== undefined || text.length > longestNamed) return statement
  const name = names.get(text) ?? chooseName(text)
  return name === undefined ? statement : { ...statement, name }
}

function chooseName(text: string): string | undefined {
  if (names.size >= mostNamed) return undefined
  if (!said.delete(text)) {
    if (said.size >= mostNamed) said.clear()
    said.add(text)
    return undefined
  }
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}
