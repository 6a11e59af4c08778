import { type Document, isAlias, isMap, isScalar, type Node, parseDocument } from 'yaml'

/**
 * Reads the YAML of a spec. Values of settings are texts: `VERSION: 1.10` is kept as it is written, where YAML alone would make a
 * number of it, 1.1.
 * @throws YAMLParseError, ReferenceError
 */
export function parseSpec(text: string): unknown {
  const document = parseDocument(text)
  const [fault] = document.errors
  if (fault) throw fault
  for (const values of listValueMaps(document)) keepTexts(values, document)
  return document.toJS({ maxAliasCount: 100 })
}

/** The maps whose values are the user's own. */
function listValueMaps(document: Document): unknown[] {
  const environments = resolve(document.get('environments', true), document)
  const settings = isMap(environments) ? environments.items.map(({ value }) => resolve(value, document)) : []
  const build = resolve(document.get('build', true), document)
  return [...settings.map((one) => isMap(one) && one.get('env', true)), isMap(build) && build.get('args', true)]
}

function keepTexts(node: unknown, document: Document): void {
  const values = resolve(node, document)
  if (!isMap(values)) return
  for (const { value } of values.items) {
    const scalar = resolve(value, document)
    // The parser keeps what a plain number or boolean was written as.
    if (isScalar(scalar) && scalar.source !== undefined && isWritten(scalar.value)) scalar.value = scalar.source
    // What is merged in from elsewhere: `<<: *common`.
    else keepTexts(scalar, document)
  }
}

function isWritten(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
}

function resolve(node: unknown, document: Document): Node | undefined {
  if (isAlias(node)) return node.resolve(document)
  return isMap(node) || isScalar(node) ? node : undefined
}
