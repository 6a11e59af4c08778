import {
  type BlueGreenStrategy,
  type CanaryStep,
  type CanaryStrategy,
  durationMs,
  type RollingStrategy,
  type RolloutAction,
  type RolloutInput,
} from '@stevedore/contract'

/** The whole rollout as a list of actions: pure, so that a dry run, a worker and a successor of a crashed worker see the same. */
export function planRollout(input: RolloutInput): RolloutAction[] {
  const actions: RolloutAction[] = [{ do: 'prepare' }, ...(input.services ? [{ do: 'services' } as const] : [])]
  if (input.strategy.type === 'recreate') return actions.concat(planRecreate(input))
  if (input.settings.migrate) actions.push({ do: 'migrate' })
  return actions.concat(planStrategy(input))
}

/** Once all requests go to the revision, and before anything of another one is let go. */
function planProcesses(input: Pick<RolloutInput, 'processes'>, revision: number): RolloutAction[] {
  return input.processes ? [{ do: 'roll-processes', revision }] : []
}

function planStrategy(input: RolloutInput): RolloutAction[] {
  const { strategy, stable } = input
  const first = stable === undefined || stable.revision === input.next.revision
  if (strategy.type === 'canary' && strategy.controller === 'argo') return planNativeRoll(input)
  if (strategy.type === 'blue-green') return planBlueGreen(input, strategy)
  if (strategy.type === 'canary' && !first) return planCanary(input, strategy)
  if (input.traits.rolling === 'native') return planNativeRoll(input)
  return first ? planFirst(input) : planRolling(input, strategy.type === 'rolling' ? strategy : undefined)
}

/** Nothing runs while a migration changes what only one may hold. */
function planRecreate(input: RolloutInput): RolloutAction[] {
  const { settings, traits } = input
  const migrate: RolloutAction[] = settings.migrate ? [{ do: 'migrate' }] : []
  return [...planStops(input), ...migrate, ...(traits.rolling === 'native' ? planNativeRoll(input) : planFirst(input))]
}

/** All that may hold the data, the one that serves last: what serves already is not stopped to be started again. */
function planStops({ stable, next, beside = [] }: RolloutInput): RolloutAction[] {
  const others = [...beside, ...(stable ? [stable.revision] : [])].filter((revision) => revision !== next.revision)
  return others.map((revision) => ({ do: 'scale-down', revision, count: 0 }))
}

function planNativeRoll(input: RolloutInput): RolloutAction[] {
  const { next } = input
  return [
    { do: 'roll', revision: next.revision },
    ...planProcesses(input, next.revision),
    { do: 'finalize', revision: next.revision, keep: [] },
  ]
}

/** Nothing serves yet, so nothing can be hurt: all replicas at once. */
function planFirst(input: RolloutInput): RolloutAction[] {
  const { next, settings } = input
  return [
    { do: 'scale-up', revision: next.revision, count: next.replicas },
    ...planCheck(settings),
    { do: 'route', weights: { [next.revision]: 100 } },
    ...planProcesses(input, next.revision),
    { do: 'finalize', revision: next.revision, keep: [] },
  ]
}

function planCheck(settings: RolloutInput['settings']): RolloutAction[] {
  return settings.check ? [{ do: 'check' }] : []
}

/**
 * Replaces replicas in batches: at most `maxSurge` above the wanted count, never fewer than the wanted count less `maxUnavailable`.
 * The share of traffic follows the share of replicas.
 */
function planRolling(input: RolloutInput, strategy: RollingStrategy | undefined): RolloutAction[] {
  const { next, settings } = input
  const stable = input.stable as { revision: number; replicas: number }
  const surge = countShare(strategy?.maxSurge ?? 1, next.replicas, Math.ceil)
  // Whatever the settings say, one replica always answers: a single one is replaced by surge.
  const unavailable = Math.min(countShare(strategy?.maxUnavailable ?? 0, next.replicas, Math.floor), next.replicas - 1)
  const actions: RolloutAction[] = []
  let [old, fresh] = [stable.replicas, 0]
  while (fresh < next.replicas || old > 0) {
    const headroom = next.replicas + Math.max(surge, unavailable === 0 ? 1 : surge) - old - fresh
    const up = Math.min(next.replicas - fresh, Math.max(headroom, 0))
    if (up > 0) {
      actions.push({ do: 'scale-up', revision: next.revision, count: fresh + up })
      if (fresh === 0) actions.push(...planCheck(settings))
      fresh += up
    }
    const spare = old + fresh - (next.replicas - unavailable)
    const down = fresh === next.replicas ? old : Math.min(old, Math.max(spare, up > 0 ? 0 : 1))
    actions.push({ do: 'route', weights: splitByReplicas(stable.revision, old - down, next.revision, fresh) })
    if (down > 0 && down === old) actions.push(...planProcesses(input, next.revision))
    if (down > 0) actions.push({ do: 'scale-down', revision: stable.revision, count: old - down })
    old -= down
  }
  return [...actions, { do: 'finalize', revision: next.revision, keep: [] }]
}

function splitByReplicas(oldRevision: number, old: number, newRevision: number, fresh: number): Record<number, number> {
  if (old === 0) return { [newRevision]: 100 }
  if (fresh === 0) return { [oldRevision]: 100 }
  const share = Math.min(99, Math.max(1, Math.round((100 * fresh) / (old + fresh))))
  return { [oldRevision]: 100 - share, [newRevision]: share }
}

function countShare(share: number | string, replicas: number, round: (value: number) => number): number {
  return typeof share === 'number' ? share : round((Number.parseInt(share, 10) / 100) * replicas)
}

function planBlueGreen(input: RolloutInput, strategy: BlueGreenStrategy): RolloutAction[] {
  const { next, stable, settings } = input
  const warm = stable && stable.revision !== next.revision && durationMs(strategy.scaleDownDelay) > 0
  return [
    { do: 'scale-up', revision: next.revision, count: next.replicas },
    ...planCheck(settings),
    { do: 'route', weights: { [next.revision]: 100 } },
    ...planProcesses(input, next.revision),
    { do: 'finalize', revision: next.revision, keep: warm ? [stable.revision] : [] },
  ]
}

function planCanary(input: RolloutInput, strategy: CanaryStrategy): RolloutAction[] {
  const { next, settings } = input
  const stable = input.stable as { revision: number; replicas: number }
  const actions: RolloutAction[] = []
  let weight = 0
  let checked = false
  for (const step of strategy.steps) {
    if ('pause' in step) {
      actions.push({ do: 'pause', forMs: pauseMs(step), analysis: weight > 0 ? strategy.analysis : undefined })
      continue
    }
    weight = step.setWeight
    if (weight > 0 && weight < 100) {
      actions.push(...planWeight(input, stable, weight, checked ? [] : planCheck(settings)))
      checked = true
    }
  }
  return [
    ...actions,
    { do: 'scale-up', revision: next.revision, count: next.replicas },
    ...(checked ? [] : planCheck(settings)),
    { do: 'route', weights: { [next.revision]: 100 } },
    ...planProcesses(input, next.revision),
    { do: 'finalize', revision: next.revision, keep: [] },
  ]
}

function pauseMs(step: Extract<CanaryStep, { pause: unknown }>): number | undefined {
  return typeof step.pause === 'string' ? durationMs(step.pause) : undefined
}

/** Weights by replica ratio never leave either revision without a replica; behind a proxy the stable revision keeps its full size. */
function planWeight(
  { next, traits }: RolloutInput,
  stable: { revision: number; replicas: number },
  weight: number,
  check: RolloutAction[],
): RolloutAction[] {
  const share = Math.max(1, Math.round((next.replicas * weight) / 100))
  const byRatio = traits.weighting === 'replicas' && next.replicas > 1
  const count = byRatio ? Math.min(share, next.replicas - 1) : share
  const actions: RolloutAction[] = [
    { do: 'scale-up', revision: next.revision, count },
    ...check,
    { do: 'route', weights: { [stable.revision]: 100 - weight, [next.revision]: weight } },
  ]
  if (byRatio) actions.push({ do: 'scale-down', revision: stable.revision, count: next.replicas - count })
  return actions
}

/**
 * Back to the stable revision: its replicas first, then all traffic, then the new revision's end. The order is what keeps an abort at
 * any point from leaving nothing that answers. What is recreated ends the other way about, as it began.
 */
export function planAbort(
  input: Pick<RolloutInput, 'stable' | 'next' | 'traits' | 'strategy' | 'processes'>,
): RolloutAction[] {
  const { stable, next, traits, strategy } = input
  if (stable === undefined) return [{ do: 'scale-down', revision: next.revision, count: 0 }]
  const native =
    traits.rolling === 'native' &&
    (strategy.type === 'rolling' ||
      strategy.type === 'recreate' ||
      (strategy.type === 'canary' && strategy.controller === 'argo'))
  if (native)
    return [
      { do: 'roll', revision: stable.revision },
      ...planProcesses(input, stable.revision),
      { do: 'finalize', revision: stable.revision, keep: [] },
    ]
  const start: RolloutAction = { do: 'scale-up', revision: stable.revision, count: stable.replicas }
  const serve: RolloutAction = { do: 'route', weights: { [stable.revision]: 100 } }
  const end = endOf(next.revision, stable.revision)
  const processes = planProcesses(input, stable.revision)
  const finalize: RolloutAction = { do: 'finalize', revision: stable.revision, keep: [] }
  return strategy.type === 'recreate'
    ? [...end, start, serve, ...processes, finalize]
    : [start, serve, ...processes, ...end, finalize]
}

/** What serves already may be rolled out once more: then there is no new revision that could end. */
function endOf(next: number, stable: number): RolloutAction[] {
  return next === stable ? [] : [{ do: 'scale-down', revision: next, count: 0 }]
}
