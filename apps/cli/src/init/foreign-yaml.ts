import { findExcess, isTooDeep } from '@stevedore/formats'
import { type Document, isNode, isPair, isScalar, type Pair, parseAllDocuments, visit } from 'yaml'
import { CliError, exitStatus } from '../exit.ts'

const mostDocuments = 1_000

/** Called with a tag that stands before a value, and the keys of where that is, lists left out. */
export type OnTag = (tag: string, keys: string[]) => void

/**
 * The documents of a YAML file that others wrote, with every number and boolean as the text that it is written as: `1.10` stays that.
 * @throws CliError for what is not YAML, or stands for more than it seems
 */
export function readForeignYaml(text: string, name: string, onTag?: OnTag): unknown[] {
  try {
    return parseWithin(text, onTag)
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new CliError(exitStatus.usage, `${name}: is not YAML that can be read: ${why}`)
  }
}

function parseWithin(text: string, onTag: OnTag | undefined): unknown[] {
  if (isTooDeep(text)) throw new Error('it is nested too deep')
  // The parser's own search for doubled keys takes the square of their number.
  const documents = parseAllDocuments(text, { merge: true, uniqueKeys: false })
  if (documents.length > mostDocuments) throw new Error(`it holds more than ${mostDocuments} documents`)
  return documents.map((document) => {
    const fault = document.errors[0]?.message ?? findExcess(document)
    if (fault !== undefined) throw new Error(fault)
    keepTexts(document)
    if (onTag) findTags(document, onTag)
    // What its aliases stand for has been counted.
    return document.toJS({ maxAliasCount: -1 }) as unknown
  })
}

function keepTexts(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && node.value !== null && typeof node.value !== 'string' && node.source !== undefined)
        node.value = node.source
    },
  })
}

function findTags(document: Document, onTag: OnTag): void {
  visit(document, {
    Pair(_key, pair, above) {
      const { value } = pair
      if (!isNode(value) || !('tag' in value) || typeof value.tag !== 'string') return
      const pairs = [...above.filter((one): one is Pair => isPair(one)), pair]
      onTag(
        value.tag,
        pairs.map(({ key }) => String(isScalar(key) ? key.value : key)),
      )
    },
  })
}
