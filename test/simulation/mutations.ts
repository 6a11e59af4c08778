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
