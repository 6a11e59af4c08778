import {
  type AppSpec,
  parseTriggerAction,
  type RepositoryEvent,
  type Trigger,
  type TriggerAction,
} from '@stevedore/contract'
import { fitsGlob } from './glob.ts'

/** Actions of which each starts when the one before has succeeded. */
export type Pipeline = TriggerAction[]

/** What an event starts by the app's triggers. Each build begins a pipeline of its own, since nothing waits for another build. */
export function choosePipelines(spec: AppSpec, event: RepositoryEvent): Pipeline[] {
  return spec.triggers.filter((trigger) => fits(trigger, event)).flatMap((trigger) => splitAtBuilds(trigger.do))
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
