import { type Draft, leaveOut, takeSetting } from '../draft.ts'
import type { Process } from '../take-process.ts'
import { fieldOf, listOf } from '../values.ts'
import { type Service, wordsOf } from './read-project.ts'

/** `entrypoint` and `command` as a spec names them: an entrypoint of its own takes the image's CMD away, here as there. */
export function readCommand(draft: Draft, { name, fields }: Service): Pick<Process, 'command' | 'args'> {
  const command = readWords(draft, name, 'entrypoint', fieldOf(fields, 'entrypoint'))
  const args = readWords(draft, name, 'command', fieldOf(fields, 'command'))
  return { ...(command && { command }), ...(args && { args }) }
}

function readWords(draft: Draft, service: string, key: string, value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (value === '' || (Array.isArray(value) && listOf(value).length === 0)) {
    leaveOut(
      draft,
      `${key} of ${service}`,
      'takes away what the image says; an image has to be built without it for that',
    )
    return undefined
  }
  const words = wordsOf(value)
  if (words === undefined || words.length === 0) {
    leaveOut(draft, `${key} of ${service}`, 'has a variable without a default, or an open quote')
    return undefined
  }
  return words
}

export function takeCommand(draft: Draft, service: Service, file: string): void {
  const { command, args } = readCommand(draft, service)
  if (command) takeSetting(draft, ['command'], command, `entrypoint in ${file}`)
  if (args) takeSetting(draft, ['args'], args, `command in ${file}`)
}
