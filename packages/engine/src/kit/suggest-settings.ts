import { chooseAccount, type EnvironmentSpec } from '@stevedore/contract'

type Settings = Pick<EnvironmentSpec, 'user' | 'fromImage' | 'readOnlyRoot' | 'capabilities'>

/** What a program or its library says when the kernel refuses it something; lines of the app may say it of something else. */
const refusals = /permission denied|\bEACCES\b|operation not permitted|\bEPERM\b|read-only file ?system|\bEROFS\b/i
const isReadOnly = /read-only file ?system|\bEROFS\b/i
const isNotPermitted = /operation not permitted|\bEPERM\b/i

/**
 * Which settings may mend what an app died of, judged by its last lines; undefined where they tell of no refusal.
 * @returns a sentence for the user, the likeliest first
 */
export function suggestSettings(lines: readonly string[], settings: Settings): string | undefined {
  const line = lines.findLast((text) => refusals.test(text))
  if (line === undefined) return undefined
  const writable = `list ${findFolder(line) ?? 'the folder'} under writablePaths`
  const root = settings.readOnlyRoot ? ', or set readOnlyRoot: false' : ''
  if (isReadOnly.test(line)) return `It may not write there: ${writable}${root}.`
  if (isNotPermitted.test(line))
    return `It lacks a right: name what it needs under capabilities (CHOWN, SETUID, SETGID, …)${orRoot(settings)}.`
  return `Its user may not do that: set user to the one that the image is made for, or ${writable}${root}; what only root may do needs capabilities.`
}

function orRoot(settings: Settings): string {
  if (chooseAccount(settings).user === 0) return ''
  return '; an image that begins as root needs user: 0 and allowRoot: true as well'
}

/** The folder of the first path that a line names. */
function findFolder(line: string): string | undefined {
  const path = /(?<![\w.:/])\/[\w.@+-]+(?:\/[\w.@+-]+)*/.exec(line)?.[0]
  return path?.includes('/', 1) ? path.slice(0, path.lastIndexOf('/')) : path
}
