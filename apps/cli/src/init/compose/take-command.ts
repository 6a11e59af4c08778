import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import type { Process } from '../take-process.ts'
import { fieldOf } from '../values.ts'
import { listHidden, type Service, wordsOf } from './read-project.ts'

/**
 * `entrypoint` and `command` as a spec names them: an entrypoint of its own takes the image's CMD away, here as there. Undefined where one
 * of them cannot be told: half a command is another one.
 */
export function readCommand(draft: Draft, { name, fields }: Service): Pick<Process, 'command' | 'args'> | undefined {
  const [command, args] = (['entrypoint', 'command'] as const).map((key) => readWords(fieldOf(fields, key)))
  const fault = [command, args].find((words) => typeof words === 'string')
  if (fault !== undefined) {
    leaveOut(draft, `command of ${name}`, fault)
    return undefined
  }
  return { ...(Array.isArray(command) && { command }), ...(Array.isArray(args) && { args }) }
}

/** The words, or why they cannot be told; undefined where nothing is said. */
function readWords(value: unknown): string[] | string | undefined {
  if (value === undefined || value === null) return undefined
  if (value === '' || (Array.isArray(value) && value.length === 0))
    return 'takes away what the image says; an image has to be built without it for that'
  const [hidden] = listHidden(value)
  if (hidden !== undefined) return `holds ${hidden}, which looks like a secret and would stand in the spec`
  const words = wordsOf(value)
  return words?.length ? words : 'has a variable without a default, or an open quote'
}

export function takeCommand(draft: Draft, service: Service, file: string): void {
  const { command, args } = readCommand(draft, service) ?? {}
  if (command) takeSetting(draft, ['command'], command, `entrypoint in ${file}`)
  if (args) takeSetting(draft, ['args'], args, `command in ${file}`)
}
