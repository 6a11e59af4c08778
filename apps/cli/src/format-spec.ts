import { Document, visit } from 'yaml'
import { visible } from './render/visible.ts'

/** A spec as one would write it: what it is printed as declares the same again. */
export function formatSpec(spec: object): string {
  const document = new Document(spec)
  visit(document, {
    // What a terminal would not be given as it is means the same only between these, where it is spelled.
    Scalar(_key, node) {
      if (typeof node.value === 'string' && visible(node.value) !== node.value) node.type = 'QUOTE_DOUBLE'
    },
  })
  return document.toString({ lineWidth: 0 }).trimEnd()
}
