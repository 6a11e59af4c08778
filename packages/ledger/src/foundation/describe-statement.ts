import { ownTables } from './own-tables.ts'

const verbs = new Set(['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback'])
const known = new Set(ownTables)
const mostKept = 400
/** A statement that writes many rows is as long as they are: what it does stands at its beginning. */
const mostRead = 4_096
const described = new Map<string, string>()

/**
 * What a statement does, as its time is counted by: its verb and the first of the ledger’s tables in it, such as `update jobs`, or `other`. So
 * there are only as many as there are verbs and tables, whatever anybody asks for.
 */
export function describeStatement(statement: string): string {
  const text = statement.slice(0, mostRead)
  const kept = described.get(text)
  if (kept !== undefined) return kept
  const made = describe(text)
  if (described.size < mostKept) described.set(text, made)
  return made
}

function describe(text: string): string {
  const [verb = ''] = /^\s*[a-z]+/i.exec(text) ?? []
  const name = verb.trim().toLowerCase()
  if (!verbs.has(name)) return 'other'
  const table = [...text.matchAll(/\b(?:from|into|update|join)\s+"?([a-z_]+)"?/gi)].find(([, one = '']) =>
    known.has(one),
  )
  return table ? `${name} ${table[1]}` : name
}
