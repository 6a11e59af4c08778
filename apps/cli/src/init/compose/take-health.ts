import { type Draft, leaveOut, readSetting, takeSetting } from '../draft.ts'
import { guessHealthPath } from '../guess-health-path.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import { isSet, type Service, textOf, wordsOf } from './read-project.ts'
import { readDurationMs, writeDuration } from './units.ts'

/** A deploy waits for a minute where nothing else is said. */
const usualDeadlineMs = 60_000

/** A service's health check: the path that it asks for, else its command. No shell stands between, so one is named. */
export function takeHealthcheck(draft: Draft, { fields }: Service, file: string): void {
  const check = fieldsOf(fieldOf(fields, 'healthcheck'))
  if (isSet(fieldOf(check, 'disable'))) {
    leaveOut(draft, 'healthcheck disable', 'an image that has a HEALTHCHECK keeps it')
    return
  }
  const test = fieldOf(check, 'test')
  const command = readTest(test)
  const port = readSetting(draft, 'containerPort')
  if (command === 'none') {
    leaveOut(draft, 'healthcheck NONE', 'an image that has a HEALTHCHECK keeps it')
    return
  }
  if (command) {
    const path = typeof port === 'number' ? guessHealthPath(command, port) : undefined
    if (path === undefined) takeSetting(draft, ['health', 'command'], command, `healthcheck in ${file}`)
    else takeSetting(draft, ['health', 'path'], path, `healthcheck in ${file}`)
  } else if (test !== undefined && test !== null)
    leaveOut(
      draft,
      'healthcheck test',
      'cannot be told: has a variable without a default, or one that looks like a secret',
    )
  takeTimes(draft, check)
}

function readTest(test: unknown): string[] | 'none' | undefined {
  if (typeof test === 'string') {
    const line = textOf(test)
    return line ? ['/bin/sh', '-c', line] : undefined
  }
  const [kind, ...words] = wordsOf(listOf(test)) ?? []
  if (kind === 'NONE') return 'none'
  if (kind === 'CMD-SHELL') return words.length > 0 ? ['/bin/sh', '-c', words.join(' ')] : undefined
  return kind === 'CMD' && words.length > 0 ? words : undefined
}

function takeTimes(draft: Draft, check: ReturnType<typeof fieldsOf>): void {
  const read = (key: string) => readDurationMs(textOf(fieldOf(check, key)))
  const [interval, timeout, start] = [read('interval'), read('timeout'), read('start_period')]
  // Compose asks as often as this all the time; while a deploy waits, Stevedore asks each second.
  if (interval !== undefined) takeSetting(draft, ['health', 'steadyInterval'], writeDuration(interval), 'interval')
  if (timeout !== undefined) takeSetting(draft, ['health', 'timeout'], writeDuration(timeout))
  if (start !== undefined && start > usualDeadlineMs)
    takeSetting(draft, ['health', 'deadline'], writeDuration(start), 'start_period')
}
