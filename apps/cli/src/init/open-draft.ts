import { createDraft, type Draft, leaveToPerson, settingPath, takeSetting } from './draft.ts'

/** A draft with what its engine has to be told. */
export function openDraft(settings: Pick<Draft, 'app' | 'environment' | 'engine'>): Draft {
  const draft = createDraft(settings)
  if (draft.engine === 'docker') return draft
  takeSetting(draft, ['namespace'], draft.app, 'chosen here')
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
