import { isDeepStrictEqual } from 'node:util'
import { appSpec } from '@stevedore/contract'
import { Document, isMap, isScalar, isSeq, type Node, type Pair, visit, type YAMLMap } from 'yaml'
import { quoteUnseen } from '../format-spec.ts'
import { parseSpec } from '../parse-spec.ts'
import { plain } from '../render/visible.ts'
import type { Draft, Path } from './draft.ts'
import { keepAllowed } from './keep-allowed.ts'

/** The order in which a person reads an environment; what is not here follows. */
const settingOrder =
  'engine namespace context host port ingress replicas containerPort ports manifests command args migrate processes health env secrets volumes files'.split(
    ' ',
  )
const partOrder = ['app', 'source', 'build', 'image', 'environments']

/**
 * The draft as a file: each value with where it comes from, and above it what is left to decide. It has been read again as `apply` reads it.
 * @throws Error where that is not what the draft says
 */
export function writeSpec(draft: Draft, header: string): string {
  keepAllowed(draft)
  const document = new Document(sortKeys(draft))
  quoteUnseen(document)
  visit(document, {
    Seq(_key, list) {
      if (list.items.every((item) => isScalar(item) && !/\n/.test(String(item.value))) && !isCommented(draft, list))
        list.flow = true
    },
  })
  for (const { path, text } of draft.comments) commentBeside(document, path, text)
  for (const { path, text } of draft.toDecide) commentAbove(document, path, text)
  document.commentBefore = ` ${header}`
  document.comment = writeLeftOut(draft)
  const text = document.toString({ lineWidth: 0 })
  if (!isDeepStrictEqual(appSpec.parse(parseSpec(text)), appSpec.parse(draft.spec)))
    throw new Error(`the spec of ${draft.app} does not read as it was meant`)
  return text
}

function sortKeys({ spec, environment }: Draft): object {
  const environments = spec.environments as Record<string, object>
  const settings = sortBy(environments[environment] ?? {}, settingOrder)
  return sortBy({ ...spec, environments: { ...environments, [environment]: settings } }, partOrder)
}

function sortBy(fields: object, order: readonly string[]): object {
  const place = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => place(a) - place(b)))
}

/** A list that has comments at its entries stands on a line each. */
function isCommented({ comments }: Draft, list: { items: unknown[] }): boolean {
  const values = new Set(list.items.map((item) => (isScalar(item) ? item.value : undefined)))
  return comments.some(({ path }) => path.at(-2) === 'secrets' && values.has(path.at(-1)))
}

function commentBeside(document: Document, path: Path, text: string): void {
  const parent = document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isSeq(parent)) {
    const item = parent.items.find((one) => isScalar(one) && one.value === last)
    if (isScalar(item)) item.comment = ` ${toComment(text)}`
    return
  }
  const pair = findPair(parent, last)
  if (!pair) return
  const value = pair.value as Node | null
  if (isScalar(value) && !/\n/.test(String(value.value))) value.comment = ` ${toComment(text)}`
  else addBefore(pair, text)
}

/** What is not in the document in the end has its comment above what it would stand in. */
function commentAbove(document: Document, path: Path, text: string): void {
  for (let at = path; at.length > 0; at = at.slice(0, -1)) {
    const pair = findPair(document.getIn(at.slice(0, -1), true) ?? document.contents, at.at(-1))
    if (pair) {
      addBefore(pair, text)
      return
    }
  }
}

function findPair(parent: unknown, key: string | undefined): Pair<Node, unknown> | undefined {
  if (!isMap(parent)) return undefined
  return (parent as YAMLMap<Node, unknown>).items.find((pair) => isScalar(pair.key) && pair.key.value === key)
}

function addBefore({ key }: Pair<Node, unknown>, text: string): void {
  key.commentBefore = [key.commentBefore, ` ${toComment(text)}`]
    .filter((line) => line !== undefined && line !== null)
    .join('\n')
}

function writeLeftOut({ leftOut }: Draft): string | null {
  if (leftOut.length === 0) return null
  return [' Not carried over:', ...leftOut.map(({ what, why }) => ` - ${toComment(`${what}: ${why}`)}`)].join('\n')
}

/** Much of it is a foreign file's: one line, and no sign that a terminal would obey. */
function toComment(text: string): string {
  const line = plain(text.replace(/\s+/g, ' ')).trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
