import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiContext } from '../context.ts'
import { rateLimited } from '../refusals.ts'
import { consoleAssetsUrl } from './console.ts'

/** Tries without a good token that one address has in a minute. */
const strangerLimitPerMinute = 60
const minuteMs = 60_000

export interface RateLimits {
  /** Counts a request, by who signed in or else by address; throws rate-limited when it is one too many. */
  admit(request: FastifyRequest): Promise<void>
  /** Counts a request without a good token, by address. */
  admitStranger(request: FastifyRequest): Promise<void>
}

/**
 * Probes come often and cost next to nothing: however many ask, the answer is looked for once a second. The parts of the console are many
 * and lie in memory.
 */
const uncounted = ['/health', '/ready', consoleAssetsUrl]

/** Counts in this process's memory: each process of several gives out the whole limit. */
export async function createRateLimits(app: FastifyInstance, context: ApiContext): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const countCaller = app.createRateLimit({
    max: context.config.rateLimitPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => request.caller?.id ?? request.ip,
  })
  const countStranger = app.createRateLimit({ max: strangerLimitPerMinute, timeWindow: minuteMs })

  return {
    async admit(request) {
      if (uncounted.includes(request.routeOptions.url ?? '')) return
      refuseExcess(await countCaller(request))
    },
    async admitStranger(request) {
      refuseExcess(await countStranger(request))
    },
  }
}

function refuseExcess(count: { isAllowed: boolean; isExceeded?: boolean; ttlInSeconds?: number }): void {
  if (!count.isAllowed && count.isExceeded) throw rateLimited(count.ttlInSeconds ?? 60)
}
