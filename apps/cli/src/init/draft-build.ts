import { join } from 'node:path'
import { CliError, exitStatus } from '../exit.ts'
import type { Build } from './choose-builds.ts'
import { readStages } from './dockerfile.ts'
import { type Draft, leaveOut } from './draft.ts'
import { readForeignFile } from './foreign-file.ts'
import { type OpenSettings, openDraft } from './open-draft.ts'
import { type Place, pathInSource } from './place.ts'
import { takeDockerfile } from './take-dockerfile.ts'
import { takeDockerfilePath, takeSource } from './take-source.ts'
import type { UsedPorts } from './way-in.ts'

type Wanted = Pick<Build, 'context' | 'dockerfile' | 'beside'>

/**
 * An app as its Dockerfile says it.
 * @param takeMore what goes before that: where manifests say how it runs, a port need not be asked for
 * @throws CliError where that is not there, or cannot be read
 */
export async function draftBuild(
  { context, dockerfile, beside }: Wanted,
  settings: OpenSettings,
  { place, used, takeMore }: { place: Place; used: UsedPorts; takeMore?: (draft: Draft) => void },
): Promise<Draft> {
  const draft = openDraft(settings)
  takeSource(draft, place, context)
  takeDockerfilePath(draft, { context, dockerfile })
  takeMore?.(draft)
  const path = join(context, dockerfile)
  const name = pathInSource(place, path) ?? dockerfile
  const text = await readForeignFile(place.root, path)
  if (text === undefined) throw new CliError(exitStatus.usage, `${dockerfile}: is not there`)
  takeDockerfile(draft, { name, stages: readStages(text, name) }, used)
  if (beside.length > 0)
    leaveOut(
      draft,
      beside.slice(0, 10).join(', '),
      `builds other images than ${name}: an app of its own by \`--dockerfile\`, with an \`--app\` and a folder of its own for the spec`,
    )
  return draft
}
