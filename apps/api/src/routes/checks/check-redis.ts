import type { CheckView } from '@stevedore/contract'
import type { RedisState } from '@stevedore/queue'

const oldestMajor = 6
const unread = 'its account may not ask: allow it the command INFO'

export function judgeRedis(state: RedisState): CheckView[] {
  return [judgeVersion(state), judgePolicy(state), judgePersistence(state), ...judgeMemory(state)]
}

function judgeVersion({ version }: RedisState): CheckView {
  if (version === undefined) return { name: 'redis', state: 'missing', found: 'of an unknown version', remedy: unread }
  if (Number.parseInt(version, 10) >= oldestMajor) return { name: 'redis', state: 'good', found: `Redis ${version}` }
  return { name: 'redis', state: 'bad', found: `Redis ${version}`, remedy: `move to Redis ${oldestMajor}.2 or later` }
}

function judgePolicy({ evictionPolicy }: RedisState): CheckView {
  const name = 'eviction'
  if (evictionPolicy === undefined) return { name, state: 'missing', found: 'of an unknown policy', remedy: unread }
  if (evictionPolicy === 'noeviction') return { name, state: 'good', found: 'noeviction' }
  return {
    name,
    state: 'bad',
    found: `${evictionPolicy}: queued messages may be dropped when memory runs short`,
    remedy: 'redis-cli config set maxmemory-policy noeviction, and the same in redis.conf',
  }
}

/** Nothing is lost without it: the ledger has all, and sends it again. It is slower to come back. */
function judgePersistence({ appendOnly }: RedisState): CheckView {
  const name = 'persistence'
  if (appendOnly) return { name, state: 'good', found: 'each write is appended to a file' }
  return {
    name,
    state: 'missing',
    found: 'no append-only file: after a restart of Redis the ledger sends all again, within a minute',
    remedy: 'redis-cli config set appendonly yes, and the same in redis.conf',
  }
}

function judgeMemory({ memoryUsedBytes, memoryLimitBytes }: RedisState): CheckView[] {
  if (!memoryLimitBytes || memoryUsedBytes === undefined) return []
  const percent = Math.round((100 * memoryUsedBytes) / memoryLimitBytes)
  const check = { name: 'redis memory', found: `${percent} % of maxmemory in use` }
  if (percent < 90) return [{ ...check, state: 'good' }]
  return [{ ...check, state: 'bad', remedy: 'raise maxmemory: at its limit Redis takes no messages' }]
}
