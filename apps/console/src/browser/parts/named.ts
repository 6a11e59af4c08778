import { nothing, type TemplateResult } from 'lit-html'
import type { Named } from '../api/problem.ts'
import { viewRefusal } from './problem.ts'

/** What an address names, or why there is none of it. */
export function viewNamed<T>(named: Named<T>, view: (found: T) => TemplateResult | typeof nothing) {
  if (!named) return nothing
  return 'found' in named ? view(named.found) : viewRefusal(named.refusal)
}

export function foundOf<T>(named: Named<T>): T | null {
  return named && 'found' in named ? named.found : null
}
