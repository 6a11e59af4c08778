import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Component } from '@stevedore/testkit/component'
import { z } from 'zod'

export const root = join(import.meta.dirname, '../..')

const records = z.array(
  z.strictObject({
    version: z.string(),
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    /** The newest that it brought. */
    migration: z.string(),
  }),
)

type ReleaseRecord = z.output<typeof records>[number]

/** What docs/releases.json has of the newest release. */
export function readLastRecord(): ReleaseRecord {
  return records.parse(JSON.parse(readFileSync(join(root, 'docs/releases.json'), 'utf8'))).at(-1)!
}

/** The commit of the newest release before this code. A clone may lack tags; then the record tells. */
export function findLastRelease(): { version: string; commit: string } {
  // Of the commit before: one that is a release itself is held against the one before it.
  const tag = git('describe', '--tags', '--abbrev=0', '--match=v[0-9]*', 'HEAD^')
  const commit = tag && git('rev-parse', `${tag}^{commit}`)
  return tag && commit ? { version: tag.slice(1), commit } : readLastRecord()
}

/** Its code, which a shallow clone and an archive of files do not have. */
export function releaseComponent(): Component {
  const { version, commit } = findLastRelease()
  return {
    name: `code of the last release, ${version} (commit ${commit.slice(0, 12)})`,
    found: git('cat-file', '-t', commit) === 'commit',
    bring: 'git fetch --tags --unshallow origin',
  }
}

/** undefined where there is no git, no repository, or not what is asked for. */
function git(...arguments_: string[]): string | undefined {
  try {
    return execFileSync('git', arguments_, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
