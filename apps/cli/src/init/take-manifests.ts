import { type Draft, leaveOut, takeSetting } from './draft.ts'
import type { FoundManifests } from './find-manifests.ts'
import { type Place, pathInSource } from './place.ts'

/** The project's own manifests as the base of what runs in a cluster. */
export function takeManifests(draft: Draft, { path, deployments }: FoundManifests, place: Place): void {
  const name = pathInSource(place, path) ?? path
  if (deployments.length > 1) {
    const named = deployments.slice(0, 10).join(', ')
    leaveOut(
      draft,
      name,
      `holds ${deployments.length} Deployments (${named}) where an app has one: name the file of this one under \`manifests\``,
    )
    return
  }
  if (draft.engine === 'docker') {
    leaveOut(draft, name, 'is for a cluster: `stevedore init --engine kubernetes` takes it as `manifests`')
    return
  }
  takeSetting(draft, ['manifests'], name, `with the Deployment ${deployments[0]}`)
}
