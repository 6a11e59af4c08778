import type { Fault } from '@stevedore/contract'
import { state, update } from '../../store.ts'
import type { Declaration } from './load.ts'
import { readSpec } from './parse-spec.ts'
import { isMap } from './spec-at.ts'
import { writePlainYaml } from './write-yaml.ts'

/** Keeps what has been typed so far, unless the page shows something else by now. */
export function keep(changes: Partial<Declaration>): void {
  const { loaded } = state
  if (loaded.screen === 'declare' && loaded.data !== undefined)
    update({ loaded: { ...loaded, data: { ...(loaded.data as Declaration), ...changes } } })
}

type Spec = Record<string, unknown>

/** Changes the spec as it stands at this very moment: two fields may be written to before the page is drawn anew. */
export function edit(change: (spec: Spec) => Spec): void {
  const data = state.loaded.data as Declaration
  const spec = readDraft(data)
  if (spec) keep({ text: writeDraft(data, change(spec)) })
}

/** What the text says so far; undefined while it cannot be read. */
export function readDraft({ text }: Declaration): Spec | undefined {
  if (text.trim() === '') return {}
  try {
    const spec = readSpec(text)
    return isMap(spec) ? spec : undefined
  } catch {
    return undefined
  }
}

/** Writes the spec anew, in the language that it stands in. */
function writeDraft({ text }: Declaration, spec: Spec): string {
  if (text.trimStart().startsWith('{')) return JSON.stringify(spec, null, 2)
  return Object.keys(spec).length === 0 ? '' : writePlainYaml(spec)
}

/** What is wrong with the value at a path, or below it. */
export function listFaultsAt({ refusal }: Declaration, path: readonly string[]): Fault[] {
  return (refusal?.faults ?? []).filter((fault) => path.every((part, index) => String(fault.path[index]) === part))
}
