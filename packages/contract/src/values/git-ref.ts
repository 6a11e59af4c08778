import { z } from 'zod'
import { refusal } from './names.ts'

const longest = 1_000
/** What stands for something else in git's own language of revisions and patterns. */
const reserved = new Set([...' ~^:?*[\\', '\x7f'])

/** Whether git takes this as the full name of a ref (`refs/heads/main`): the rules of `git check-ref-format`. */
export function isRefName(name: string): boolean {
  if (name.length > longest || !name.isWellFormed() || name.endsWith('.')) return false
  if (name.includes('..') || name.includes('@{')) return false
  if ([...name].some((sign) => sign < ' ' || reserved.has(sign))) return false
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}

/**
 * What a person names to be built: a full commit, a branch or a tag. In full (`refs/heads/…`) it may be any ref that git allows; a short
 * name is none that reads as an option, as `HEAD` (`@`), as a cut commit, or as something for a shell.
 */
export const gitRef = z
  .string()
  .refine(
    isGitRef,
    refusal(
      'invalid-ref',
      'a branch, a tag or a full commit; a name with quotes or signs of a shell in full: refs/heads/…',
    ),
  )

/** Whether a ref is one that only whoever may write to the repository moves: not a pull request's, which strangers make. */
export function isOwnRef(ref: string): boolean {
  return !ref.startsWith('refs/') || /^refs\/(heads|tags)\//.test(ref)
}

function isGitRef(text: string): boolean {
  if (/^[0-9a-f]{31,}$/.test(text)) return text.length === 40 || text.length === 64
  if (text.startsWith('refs/')) return isRefName(text)
  return isRefName(`refs/heads/${text}`) && !/^-|^@$|[`$;&|<>'"]/.test(text)
}
