import type { DeployEngine } from '@stevedore/engine'
import type { Handlers } from '@stevedore/worker'
import type { Mutation } from './mutation.ts'

/** Ten years. */
const endlessMs = 10 * 365 * 86_400_000

/** What would break a promise each, to show that the judgement finds it. */
export const mutations: Record<string, Mutation> = {
  'the outbox is written outside of the transaction': { isOutside: (text) => text.startsWith('insert into "outbox"') },
  'the fence is skipped': { skipsFence: true },
  'a request is acknowledged before it is kept': { answersEarly: (process) => process.startsWith('api') },
  'a transition has no condition': { rewrite: dropConditions },
  'a lease has no end': { leaseMs: endlessMs },
  'a plan is trusted after a restore': { trustsLedger: true },
  'a rollback takes the newest revision': { changeHandlers: takeNewest },
  'a lost command is begun again': { restartsLost: true },
  'a lost command is told as done': { changeEngine: tellAsDone },
  'a schedule sees no job of before': { rewrite: (text) => text.replace(/(->> 'schedule') = /, "$1 || '?' = ") },
  'a time of a schedule is lost': { rewrite: passOver },
  'a canary waits for nobody': { changeHandlers: promoteAlways },
  'a removal forgets a replica': { changeEngine: forgetReplicas },
}

/** Of the state and the attempt that a job is moved from. Their values are still given, as Postgres wants it. */
function dropConditions(text: string): string {
  return text
    .replace(
      /^(update "jobs" set "state" = .* where \("jobs"\."id" = \$\d+) and "jobs"\."state" = (\$\d+) and "jobs"\."attempt" = (\$\d+)\)/,
      '$1 and $2::text is not null and $3::int is not null)',
    )
    .replace("where jobs.state = 'queued' and jobs.attempt = asked.attempt", '')
    .replace(
      "where jobs.state = 'running' and jobs.attempt = asked.attempt and not jobs.in_line",
      'where not jobs.in_line',
    )
}

function takeNewest(handlers: Handlers): Handlers {
  return {
    ...handlers,
    async rollback(run) {
      const { app, environment, resolved } = run.job
      const { lastRevision = resolved.toRevision } = (await run.ledger.getEnvironment(app, environment)) ?? {}
      return handlers.rollback({ ...run, job: { ...run.job, resolved: { ...resolved, toRevision: lastRevision } } })
    },
  }
}

/** They get no traffic any more, and go on. */
function forgetReplicas(engine: DeployEngine): DeployEngine {
  return { ...engine, remove: (place, context) => engine.route(place, {}, context) }
}

function promoteAlways(handlers: Handlers): Handlers {
  return {
    ...handlers,
    deploy: (run) => handlers.deploy({ ...run, control: () => ({ ...run.control(), promote: 'full' }) }),
  }
}

function tellAsDone(engine: DeployEngine): DeployEngine {
  return { ...engine, followCommand: async (...given) => (await engine.followCommand(...given)) ?? { exitCode: 0 } }
}

/** The time after the next is kept as the next. */
function passOver(text: string): string {
  return text.replace(/^(update "schedules" set .*?"next_at" = )(\$\d+)/, "$1$2::timestamptz + interval '1 minute'")
}
