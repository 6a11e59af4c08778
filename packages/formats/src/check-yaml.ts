import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, visit, type YAMLMap } from 'yaml'

/** Deeper than any manifest. */
const maxDepth = 200
const maxNodes = 200_000
const maxAliases = 500

/** Whether brackets are nested deeper than a parser should follow; those in texts count too, and hardly ever stand open so often. */
export function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > maxDepth) return true
  }
  return false
}

/**
 * What of a parsed document must not be turned into values: a key that is given twice, or aliases that stand for more than they seem. What
 * stands behind an alias or a merge key is counted as often as it is meant.
 * @returns why, or undefined
 */
export function findExcess(document: Document): string | undefined {
  const targets = new Map<Alias, unknown>()
  const anchors = new Map<string, unknown>()
  let doubled: string | undefined
  visit(document, {
    Alias: (_, alias) => void targets.set(alias, anchors.get(alias.source)),
    Node: (_, node) => void ('anchor' in node && node.anchor && anchors.set(node.anchor, node)),
    Map: (_, map) => {
      if (map.anchor) anchors.set(map.anchor, map)
      doubled ??= findDouble(map)
    },
  })
  if (doubled !== undefined) return `the key ${doubled.slice(0, 100)} is given twice`
  if (targets.size > maxAliases) return `it has more than ${maxAliases} aliases`
  return countNodes(document.contents, targets) > maxNodes
    ? `its aliases stand for more than ${maxNodes} values`
    : undefined
}

function findDouble({ items }: YAMLMap): string | undefined {
  const keys = new Set<unknown>()
  for (const { key } of items) {
    if (!isScalar(key) || key.source === '<<') continue
    if (keys.has(key.value)) return String(key.value)
    keys.add(key.value)
  }
  return undefined
}

/** Each node is counted once and its number remembered: what is doubled at each of twenty levels is a million. */
function countNodes(root: unknown, targets: ReadonlyMap<Alias, unknown>): number {
  const counted = new Map<unknown, number>()
  return count(root)

  function count(node: unknown): number {
    const known = counted.get(node)
    if (known !== undefined) return known
    // One that holds itself would have no end.
    counted.set(node, Number.POSITIVE_INFINITY)
    const parts = isAlias(node) ? [targets.get(node)] : isPair(node) ? [node.key, node.value] : listItems(node)
    const total = parts.reduce<number>((sum, part) => sum + (part ? count(part) : 0), 1)
    counted.set(node, total)
    return total
  }
}

function listItems(node: unknown): readonly unknown[] {
  return isMap(node) || isSeq(node) ? node.items : []
}
