import { type Draft, leaveOut, readSetting, takeSetting } from './draft.ts'
import { toAppName } from './names.ts'
import { fieldsOf } from './values.ts'

export interface Process {
  command?: string[]
  args?: string[]
  replicas?: number
  stopTimeout?: string
}

/** As many as an environment may have. */
const mostProcesses = 10

/** What runs beside the app, of the same image: a worker, a scheduler. */
export function takeProcess(draft: Draft, name: string, process: Process, from: string): void {
  if (Object.keys(fieldsOf(readSetting(draft, 'processes'))).length >= mostProcesses)
    leaveOut(draft, from, `an environment has at most ${mostProcesses} processes`)
  else takeSetting(draft, ['processes', toAppName(name)], process, from)
}
