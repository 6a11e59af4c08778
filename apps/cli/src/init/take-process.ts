import { type Draft, takeSetting } from './draft.ts'
import { toAppName } from './names.ts'

export interface Process {
  command?: string[]
  args?: string[]
  replicas?: number
  stopTimeout?: string
}

/** What runs beside the app, of the same image: a worker, a scheduler. */
export function takeProcess(draft: Draft, name: string, process: Process, from: string): void {
  takeSetting(draft, ['processes', toAppName(name)], process, from)
}
