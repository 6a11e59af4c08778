interface Manifest {
  version?: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** Of the workspace as a whole: all parts have one version, and name each other by exactly that. */
const ownName = /^@stevedore\//

/** The manifest of a workspace in its new version, else as it was written. */
export function editManifest(text: string, version: string): string {
  return text.replaceAll(/^(\s*"(?:version|@stevedore\/[a-z-]+)": )"[^"]+"/gm, `$1"${version}"`)
}

/** The lock file, in which others may have the same version by chance. */
export function editLock(text: string, version: string): string {
  const lock = JSON.parse(text) as { packages: Record<string, Manifest> }
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (place.includes('node_modules/')) continue
    if (entry.version !== undefined) entry.version = version
    for (const part of [entry.dependencies, entry.devDependencies])
      for (const name of Object.keys(part ?? {})) if (part && ownName.test(name)) part[name] = version
  }
  return `${JSON.stringify(lock, null, 2)}\n`
}

const unreleased = '## Unreleased\n'

/** Gives what was unreleased the version's name and begins anew above it. Throws where nothing was. */
export function editChangelog(text: string, version: string, day: string): string {
  const [before = '', section] = text.split(unreleased)
  if (!section || /^\s*(?:## |$)/.test(section))
    throw new Error('CHANGELOG.md has nothing under "Unreleased": what would this release bring?')
  return `${before}${unreleased}\n## ${version} (${day})\n${section}`
}
