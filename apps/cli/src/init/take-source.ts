import { join } from 'node:path'
import { type Draft, leaveToPerson, take } from './draft.ts'
import { type Place, pathInSource } from './place.ts'

interface Build {
  /** Absolute. */
  context: string
  dockerfile: string
}

/** Where the files of a build come from: the remote, where there is one, and the context in it. */
export function takeSource(draft: Draft, place: Place, context: string): void {
  const { git } = place
  const path = pathInSource(place, context) ?? '.'
  if (git) {
    take(draft, ['source', 'git'], git.url, 'the remote `origin`')
    take(draft, ['source', 'ref'], git.ref)
    const how = /^https?:/i.test(git.url) ? 'a token' : 'a private key'
    const text = `Where the repository is not for everybody: \`credential: GIT_CREDENTIAL\`, ${how} that \`stevedore secret set GIT_CREDENTIAL\` stored.`
    leaveToPerson(draft, ['source'], text)
  }
  if (path !== '.') take(draft, ['source', 'path'], path, 'the build context')
}

/** The Dockerfile, where it is not the context's own. */
export function takeDockerfilePath(draft: Draft, { context, dockerfile }: Build): void {
  const path = pathInSource({ root: context }, join(context, dockerfile))
  if (path === undefined || path === 'Dockerfile') return
  take(draft, ['build', 'dockerfile'], path)
  if (path.includes('/'))
    leaveToPerson(
      draft,
      ['build'],
      `What it copies is taken from the folder above, as \`docker build -f ${path} .\` does.`,
    )
}
