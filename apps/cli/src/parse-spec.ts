import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml'

/**
 * Reads the YAML of a spec, merge keys (`<<: *common`) included. Values of settings are texts: `VERSION: 1.10` is kept as it is written,
 * where YAML alone would make a number of it, 1.1.
 * @throws YAMLParseError, ReferenceError
 */
export function parseSpec(text: string): unknown {
  const document = parseDocument(text, { merge: true })
  const [fault] = document.errors
  if (fault) throw fault
  for (const values of listValueMaps(document)) keepTexts(values, document)
  // Many apps of one file share what they have in common; what grows by aliases of aliases is beyond this soon.
  return document.toJS({ maxAliasCount: 1_000 })
}

/** The maps whose values are the user's own, with those that they take in. */
function listValueMaps(document: Document): YAMLMap[] {
  const under = (nodes: unknown[], key: string) =>
    nodes.flatMap((node) => listMaps(node, document)).map((map) => map.get(key, true))
  const values = (nodes: unknown[]) =>
    nodes.flatMap((node) => listMaps(node, document)).flatMap((map) => map.items.map(({ value }) => value))
  const specs = [document.contents, ...values(under([document.contents], 'apps'))]
  const settings = values(under(specs, 'environments'))
  const build = under(specs, 'build')
  return [...under(settings, 'env'), ...under(build, 'args')].flatMap((node) => listMaps(node, document))
}

/** A map and those that it takes in: `<<: *common`, `<<: [*one, *another]`. */
function listMaps(node: unknown, document: Document, seen = new Set<unknown>()): YAMLMap[] {
  const found = resolve(node, document)
  if (seen.has(found)) return []
  seen.add(found)
  if (isSeq(found)) return found.items.flatMap((item) => listMaps(item, document, seen))
  if (!isMap(found)) return []
  const taken = found.items.filter(({ key }) => isScalar(key) && key.source === '<<')
  return [found, ...taken.flatMap(({ value }) => listMaps(value, document, seen))]
}

function keepTexts({ items }: YAMLMap, document: Document): void {
  for (const { value } of items) {
    const scalar = resolve(value, document)
    // The parser keeps what a plain number or boolean was written as.
    if (isScalar(scalar) && scalar.source !== undefined && isWritten(scalar.value)) scalar.value = scalar.source
  }
}

function isWritten(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
}

function resolve(node: unknown, document: Document): Node | undefined {
  if (isAlias(node)) return node.resolve(document)
  return isMap(node) || isScalar(node) || isSeq(node) ? node : undefined
}
