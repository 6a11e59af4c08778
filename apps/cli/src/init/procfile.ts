import type { StageFacts } from './dockerfile.ts'
import { type Draft, leaveOut, readSetting, takeSetting } from './draft.ts'
import { takeProcess } from './take-process.ts'

const mostLines = 200

/** The lines of a Procfile: `web: bundle exec puma`. */
export function readProcfile(text: string): [name: string, line: string][] {
  const lines = text.split(/\r?\n/).slice(0, mostLines)
  return lines.flatMap((line) => {
    const [, name, command] = /^([A-Za-z0-9_-]{1,60}):(.*)$/.exec(line) ?? []
    return name && command?.trim() ? [[name, command.trim()] as [string, string]] : []
  })
}

/**
 * A Procfile's lines are for a shell; `release` runs once before a switch, as there. An image that says itself what it runs is not made by
 * what reads Procfiles: its `web` may name what the image does not have.
 */
export function takeProcfile(draft: Draft, entries: readonly [string, string][], image: Runs): void {
  for (const [name, line] of entries) {
    const words = ['/bin/sh', '-c', line]
    const from = `${name} in Procfile`
    if (name === 'web') takeWeb(draft, words, image)
    else if (name === 'release') takeSetting(draft, ['migrate', 'command'], words, from)
    else takeProcess(draft, name, { command: words }, from)
  }
}

/** What an image says of itself; of one that is not known, nothing. */
export type Runs = Pick<StageFacts, 'hasEntrypoint' | 'hasCommand'>

function takeWeb(draft: Draft, words: string[], { hasEntrypoint, hasCommand }: Runs): void {
  if (hasCommand || hasEntrypoint || readSetting(draft, 'command') !== undefined) {
    leaveOut(
      draft,
      'web in Procfile',
      'what runs is said already, by the image or the compose file; `command` takes its place',
    )
    return
  }
  takeSetting(draft, ['command'], words, 'web in Procfile')
  if (/\$\{?PORT\b/.test(words.join(' '))) takePortVariable(draft)
}

function takePortVariable(draft: Draft): void {
  const port = readSetting(draft, 'containerPort') ?? 8_080
  if (readSetting(draft, 'env', 'PORT') === undefined)
    takeSetting(draft, ['env', 'PORT'], String(port), 'what the Procfile reads')
}
