import { Document, isMap, isScalar, isSeq, type Node, type Pair, visit, type YAMLMap } from 'yaml'
import { quoteUnseen } from '../format-spec.ts'
import { plain } from '../render/visible.ts'
import type { Comment, Draft, Path } from './draft.ts'

/** A value as YAML, with where each part comes from beside it, and above it what is left to decide. */
export function makeDocument(value: object, { comments, toDecide }: Pick<Draft, 'comments' | 'toDecide'>): Document {
  const document = new Document(value)
  quoteUnseen(document)
  visit(document, {
    Seq(_key, list) {
      if (list.items.every((item) => isScalar(item) && !/\n/.test(String(item.value))) && !isCommented(comments, list))
        list.flow = true
    },
  })
  for (const { path, text } of comments) commentBeside(document, path, text)
  for (const { path, text } of toDecide) commentAbove(document, path, text)
  return document
}

/** A list that has comments at its entries stands on a line each. */
function isCommented(comments: readonly Comment[], list: { items: unknown[] }): boolean {
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

/** Much of it is a foreign file's: one line, and no sign that a terminal would obey. */
export function toComment(text: string): string {
  const line = plain(text.replace(/\s+/g, ' ')).trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
