import { join, resolve } from 'node:path'
import { isCommandFailure } from '../../exit.ts'
import { readStages, type StageFacts } from '../dockerfile.ts'
import { type Draft, leaveOut, take } from '../draft.ts'
import { readForeignFile } from '../foreign-file.ts'
import { type Place, pathInSource } from '../place.ts'
import { takeDockerfilePath, takeSource } from '../take-source.ts'
import { fieldOf, fieldsOf } from '../values.ts'
import { expandVariables } from './expand-variables.ts'
import { pairsOf, textOf } from './read-project.ts'
import { describeGiven } from './tell-given.ts'

export interface TakenBuild {
  /** As a person finds it. */
  name: string
  stages: [StageFacts, ...StageFacts[]]
  wanted: string | undefined
}

const known = new Set(['context', 'dockerfile', 'target', 'args'])

/** The build of a service: where its files are, and what its Dockerfile says; undefined where that cannot be read. */
export async function takeBuild(
  draft: Draft,
  build: unknown,
  { place, folder }: { place: Place; folder: string },
): Promise<TakenBuild | undefined> {
  const settings = typeof build === 'string' ? { context: build } : fieldsOf(build)
  const context = textOf(fieldOf(settings, 'context')) ?? '.'
  const dockerfile = textOf(fieldOf(settings, 'dockerfile')) ?? 'Dockerfile'
  for (const key of Object.keys(settings).slice(0, 50))
    if (!known.has(key)) leaveOut(draft, `build.${key}`, 'nothing in a spec stands for it')
  takeArguments(draft, fieldOf(settings, 'args'))
  const path = resolve(folder, context)
  if (/^[a-z]+:\/\/|^git@/.test(context) || pathInSource(place, path) === undefined) {
    leaveOut(draft, `build.context ${context}`, 'is outside this source: declare the app in its own')
    return undefined
  }
  takeSource(draft, place, path)
  takeDockerfilePath(draft, { context: path, dockerfile })
  return readDockerfile(draft, place, { path: join(path, dockerfile), wanted: textOf(fieldOf(settings, 'target')) })
}

async function readDockerfile(
  draft: Draft,
  place: Place,
  { path, wanted }: { path: string; wanted: string | undefined },
): Promise<TakenBuild | undefined> {
  const name = pathInSource(place, path) ?? path
  try {
    const text = await readForeignFile(place.root, path)
    if (text !== undefined) return { name, wanted, stages: readStages(text, name) }
    leaveOut(draft, name, 'is not there: a build needs it')
  } catch (error) {
    if (!isCommandFailure(error)) throw error
    leaveOut(draft, 'the Dockerfile', error.message)
  }
  return undefined
}

function takeArguments(draft: Draft, args: unknown): void {
  for (const [name, written] of pairsOf(args).slice(0, 200)) {
    const { text, missing, given, hidden } = expandVariables(written ?? '')
    const [one] = hidden
    if (one !== undefined)
      leaveOut(draft, `build.args ${name}`, `${one} looks like a secret, and an argument stands in the image`)
    else if (written === undefined || missing.length > 0)
      leaveOut(draft, `build.args ${name}`, 'its value is set where compose is started')
    else take(draft, ['build', 'args', name], text, given.length > 0 ? `from ${describeGiven(given)}` : undefined)
  }
}
