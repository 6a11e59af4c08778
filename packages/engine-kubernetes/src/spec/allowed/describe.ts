import type { Kind } from '../../client/kinds.ts'
import { metadata, metadataTable } from './metadata.ts'
import { number, only, type Rule, type Table } from './rule.ts'

/** A kind of object. */
export interface KindTable extends Table {
  title: Kind
  apiVersions: readonly string[]
}

export function describe(kind: Kind, apiVersions: readonly string[], rows: Record<string, Rule>): KindTable {
  return {
    title: kind,
    apiVersions,
    rows: { apiVersion: only(...apiVersions), kind: only(kind), metadata: metadata(metadataTable), ...rows },
  }
}

export const seconds = number(0, 2_147_483_647)
