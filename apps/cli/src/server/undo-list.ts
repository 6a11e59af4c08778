export interface UndoList {
  add(undo: () => Promise<unknown>): void
  /** Undoes in the reverse order of what was done; one that fails does not keep the others from being undone. */
  run(): Promise<void>
}

export function createUndoList(): UndoList {
  const undos: (() => Promise<unknown>)[] = []
  return {
    add: (undo) => void undos.push(undo),
    async run() {
      const errors: unknown[] = []
      for (const undo of undos.splice(0).reverse()) await undo().catch((error: unknown) => errors.push(error))
      if (errors.length > 0) throw errors[0]
    },
  }
}
