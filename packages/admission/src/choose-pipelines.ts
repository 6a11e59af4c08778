import {
  type AppSpec,
  type DeliveredEvent,
  parseTriggerAction,
  type RepositoryEvent,
  type Trigger,
  type TriggerAction,
} from '@stevedore/contract'
import { fitsPaths } from './fits-paths.ts'
import { fitsGlob } from './glob.ts'

/** Actions of which each starts when the one before has succeeded. */
export type Pipeline = TriggerAction[]

interface Choice {
  pipelines: Pipeline[]
  /** What the `paths` of triggers have kept from starting, or could not judge. */
  reasons: string[]
}

/** What an event starts by the app's triggers. Each build begins a pipeline of its own, since nothing waits for another build. */
export function choosePipelines(spec: AppSpec, event: DeliveredEvent): Choice {
  const judged = spec.triggers
    .filter((trigger) => fits(trigger, event))
    .map((trigger) => ({ trigger, ...judgePaths(trigger, event) }))
  return {
    pipelines: judged.flatMap(({ trigger, starts }) => (starts ? splitAtBuilds(trigger.do) : [])),
    reasons: [...new Set(judged.flatMap(({ reason }) => reason ?? []))],
  }
}

/** Where it is not known which files have changed, it starts: what is built once too often costs less than a push that is lost. */
function judgePaths(trigger: Trigger, event: DeliveredEvent): { starts: boolean; reason?: string } {
  if (trigger.on !== 'push' || event.on !== 'push' || trigger.paths === undefined) return { starts: true }
  const { changed = { unknown: 'the delivery does not say which files it changed' } } = event
  const which = `push to ${event.branch}, \`${trigger.do.join(', ')}\``
  if ('unknown' in changed)
    return { starts: true, reason: `${which}: started without a look at its paths, since ${changed.unknown}` }
  if (fitsPaths(trigger.paths, changed.paths)) return { starts: true }
  const shown = trigger.paths.length > 5 ? [...trigger.paths.slice(0, 5), '…'] : trigger.paths
  const among = `none of the files that it changed (${changed.paths.length}) is among its paths: ${shown.join(', ')}`
  return { starts: false, reason: `${which}: not started, since ${among}` }
}

function fits(trigger: Trigger, event: RepositoryEvent): boolean {
  if (trigger.on === 'push') return event.on === 'push' && fitsGlob(trigger.branch, event.branch)
  if (trigger.on === 'tag') return event.on === 'tag' && fitsGlob(trigger.pattern, event.tag)
  return event.on === 'pull_request'
}

function splitAtBuilds(actions: readonly string[]): Pipeline[] {
  const pipelines: Pipeline[] = []
  for (const action of actions.map(parseTriggerAction)) {
    const current = pipelines.at(-1)
    if (!current || action.kind === 'build') pipelines.push([action])
    else current.push(action)
  }
  return pipelines
}
