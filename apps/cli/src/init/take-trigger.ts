import { type Draft, leaveToPerson, readAt, readSetting, take } from './draft.ts'
import type { Place } from './place.ts'

/** Of several apps in one repository each is built for what is its own: its context and its manifests. */
export function takeTrigger(draft: Draft, { git }: Place): void {
  const path = readAt(draft.spec, ['source', 'path'])
  if (git === undefined || typeof path !== 'string') return
  const manifests = readSetting(draft, 'manifests')
  const own = typeof manifests === 'string' ? [/\.(ya?ml|json)$/.test(manifests) ? manifests : `${manifests}/**`] : []
  const trigger = {
    on: 'push',
    branch: git.ref,
    paths: [`${path}/**`, ...own],
    do: ['build', `deploy ${draft.environment}`],
  }
  take(
    draft,
    ['triggers'],
    [trigger],
    'what concerns it; a webhook of the repository tells of pushes, and without one nothing starts',
  )
  if (draft.engine === 'kubernetes')
    leaveToPerson(draft, ['triggers'], 'With a registry under `image`: `do: [build, push, …]`.')
}
