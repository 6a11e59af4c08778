import { Document, visit } from 'yaml'
import { visible } from './render/visible.ts'

/** A spec as one would write it: what it is printed as declares the same again. */
export function formatSpec(spec: object): string {
  const document = new Document(spec)
  quoteUnseen(document)
  return document.toString({ lineWidth: 0 }).trimEnd()
}

/** What a terminal would not be given as it is means the same only between double quotes, where it is spelled. */
export function quoteUnseen(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && visible(node.value) !== node.value) node.type = 'QUOTE_DOUBLE'
    },
  })
}
