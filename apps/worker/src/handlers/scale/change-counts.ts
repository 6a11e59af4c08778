import { isDeepStrictEqual } from 'node:util'
import { countReplicas, type RolloutAction, stepResults } from '@stevedore/contract'
import { nameAction } from '@stevedore/domain'
import type { WorkContext } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import type { Run } from '../../attempt/run.ts'
import { Stop } from '../../attempt/stop.ts'
import { openRelease, revealIfBound } from '../rollout/release.ts'

/** A revision with the counts that it has, and with those that it is to have. */
interface Change {
  from: Revision
  to: Revision
}

interface Steps {
  signal: AbortSignal
  timeoutMs?: number
  /** What the names of its steps begin with, of a way back. */
  name?: string
}

/**
 * Brings what runs from some counts of replicas to others. Every step works from what is there, and each attempt does all of them: an
 * earlier one may have been on its way back.
 */
export async function changeCounts(run: Run<'deploy'>, { from, to }: Change, steps: Steps): Promise<void> {
  const { signal, timeoutMs, name = '' } = steps
  const options = { signal, ...(timeoutMs !== undefined && { timeoutMs }), always: true }
  for (const action of planCounts({ from, to })) {
    signal.throwIfAborted()
    if (run.worker.isDraining() && name === '') throw new Stop('handing-over')
    const work = (context: WorkContext) => perform(run, to, action, context)
    await run.step(`${name}${nameAction(action)}`, stepResults.nothing, work, options)
  }
}

type CountAction = Extract<RolloutAction, { do: 'scale-up' | 'scale-down' | 'route' | 'roll-processes' }>

function planCounts({ from, to }: Change): CountAction[] {
  const { number: revision } = to
  const count = to.settings.replicas
  const isOther = !isDeepStrictEqual(countOthers(from), countOthers(to))
  return [
    ...(count > from.settings.replicas ? growWeb(revision, count) : []),
    ...(count < from.settings.replicas ? [{ do: 'scale-down' as const, revision, count }] : []),
    ...(isOther ? [{ do: 'roll-processes' as const, revision }] : []),
  ]
}

/** Of the processes of the settings, and of Deployments of manifests as far as they were scaled. */
function countOthers({ settings, scale }: Revision): Record<string, number> {
  const { web: _, ...others } = { ...scale, ...countReplicas(settings) }
  return others
}

function growWeb(revision: number, count: number): CountAction[] {
  return [
    { do: 'scale-up', revision, count },
    { do: 'route', weights: { [revision]: 100 } },
  ]
}

async function perform(
  run: Run<'deploy'>,
  revision: Revision,
  action: CountAction,
  context: WorkContext,
): Promise<null> {
  const engine = run.worker.engines.deploy[revision.settings.engine]
  const open = () => openRelease(run, revision, undefined, revealIfBound)
  switch (action.do) {
    case 'scale-up':
      await engine.scaleUp(await open(), action.count, context)
      break
    case 'route':
      await engine.route(revision, action.weights, context)
      break
    case 'scale-down':
      await engine.scaleDown(revision, action.revision, action.count, context)
      break
    case 'roll-processes':
      await engine.rollProcesses(await open(), context)
      break
  }
  return null
}
