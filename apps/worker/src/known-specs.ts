import type { AppSpec } from '@stevedore/contract'

/** Versions of specs that were read before. What a version says never changes, while the ledger is the same. */
export interface KnownSpecs {
  /** @param read of the ledger; undefined where there is no such version */
  find(app: string, specVersion: number, read: () => Promise<AppSpec | undefined>): Promise<AppSpec | undefined>
  /** An older copy may stand in the ledger's place, where other versions come to have these numbers. */
  forget(): void
}

const mostKept = 200

export function openKnownSpecs(): KnownSpecs {
  let kept = new Map<string, AppSpec>()
  return {
    async find(app, specVersion, read) {
      const [name, current] = [`${app}@${specVersion}`, kept]
      const known = current.get(name)
      if (known) return known
      const spec = await read()
      if (spec && current.size >= mostKept) current.clear()
      if (spec) current.set(name, spec)
      return spec
    },
    forget() {
      kept = new Map()
    },
  }
}
