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

/** A Procfile's lines are for a shell; `release` runs once before a switch, as there. */
export function takeProcfile(
  draft: Draft,
  entries: readonly [string, string][],
  { hasEntrypoint }: Pick<StageFacts, 'hasEntrypoint'>,
): void {
  // As a Procfile is meant: in place of what the image would run, and given to its entrypoint where it has one.
  const key = hasEntrypoint ? 'args' : 'command'
  for (const [name, line] of entries) {
    const words = ['/bin/sh', '-c', line]
    const from = `${name} in Procfile`
    if (name === 'web') takeSetting(draft, [key], words, from)
    else if (name === 'release') takeSetting(draft, ['migrate', 'command'], words, from)
    else takeProcess(draft, name, { [key]: words }, from)
    if (name === 'web' && /\$\{?PORT\b/.test(line)) takePortVariable(draft)
  }
  if (entries.length > 0 && !entries.some(([name]) => name === 'web'))
    leaveOut(draft, 'Procfile', 'names no `web`: what serves is what the image runs')
}

function takePortVariable(draft: Draft): void {
  const port = readSetting(draft, 'containerPort') ?? 8_080
  if (readSetting(draft, 'env', 'PORT') === undefined)
    takeSetting(draft, ['env', 'PORT'], String(port), 'what the Procfile reads')
}
