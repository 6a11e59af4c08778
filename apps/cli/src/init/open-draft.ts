import { createDraft, type Draft, leaveToPerson, settingPath, takeSetting } from './draft.ts'

export interface OpenSettings extends Pick<Draft, 'app' | 'environment' | 'engine'> {
  /** That of several apps together. */
  namespace?: string
}

/** A draft with what its engine has to be told. */
export function openDraft({ namespace, ...settings }: OpenSettings): Draft {
  const draft = createDraft(settings)
  if (draft.engine === 'docker') return draft
  const why = namespace === undefined ? 'chosen here' : 'chosen here, one for all: they find each other by Services'
  takeSetting(draft, ['namespace'], namespace ?? draft.app, why)
  leaveToPerson(
    draft,
    settingPath(draft, 'namespace'),
    'Which cluster, where the worker does not run in it: `context: prod`, of its kubeconfig.',
  )
  leaveToPerson(
    draft,
    ['environments'],
    `A cluster pulls its images from a registry: \`image: { registry: ghcr.io, name: acme/${draft.app} }\`, and \`stevedore build --push\`.`,
  )
  return draft
}
