import type { CheckView } from '@stevedore/contract'
import type { DatabaseState } from '@stevedore/ledger'

const oldestMajor = 13
const mostSkewMs = 2_000
/** Left for who looks after the database, and for one more process. */
const fewLeft = 20

/** @param clockMs of this process, at the moment of the database's */
export function judgeDatabase(state: DatabaseState, clockMs: number): CheckView[] {
  return [judgeVersion(state), judgeDurability(state), judgeConnections(state), judgeClock(state, clockMs)]
}

function judgeVersion({ version, role }: DatabaseState): CheckView {
  const check = { name: 'postgres', found: `PostgreSQL ${version}, as the role ${role}` }
  if (Number.parseInt(version, 10) >= oldestMajor) return { ...check, state: 'good' }
  return {
    ...check,
    state: 'bad',
    remedy: `move to PostgreSQL ${oldestMajor} or later: stevedore backup, stevedore restore`,
  }
}

/** What was answered with 202 must outlive the machine's power. */
function judgeDurability({ fsync, fullPageWrites, synchronousCommit }: DatabaseState): CheckView {
  const off = [
    ...(fsync ? [] : ['fsync']),
    ...(fullPageWrites ? [] : ['full_page_writes']),
    ...(synchronousCommit === 'off' ? ['synchronous_commit'] : []),
  ]
  if (off.length === 0)
    return { name: 'durability', state: 'good', found: `a commit is on disk (synchronous_commit ${synchronousCommit})` }
  return {
    name: 'durability',
    state: 'bad',
    found: `${off.join(', ')} off: what was accepted may be lost in a crash`,
    remedy: off
      .map((setting) => `alter system set ${setting} = on;`)
      .join(' ')
      .concat(' select pg_reload_conf();'),
  }
}

function judgeConnections({ connectionsLimit, connectionsInUse }: DatabaseState): CheckView {
  const check = { name: 'connections', found: `${connectionsInUse} of ${connectionsLimit} in use` }
  if (connectionsLimit - connectionsInUse >= fewLeft) return { ...check, state: 'good' }
  return {
    ...check,
    state: 'missing',
    remedy: 'raise max_connections of PostgreSQL, or lower DATABASE_CONNECTIONS of API and workers',
  }
}

function judgeClock({ at }: DatabaseState, clockMs: number): CheckView {
  const skewMs = Math.abs(at.getTime() - clockMs)
  const found = `the server’s is ${(skewMs / 1_000).toFixed(1)} s off the database’s`
  if (skewMs <= mostSkewMs) return { name: 'server clock', state: 'good', found }
  return {
    name: 'server clock',
    state: 'bad',
    found,
    remedy: 'have both machines keep time by NTP: timedatectl set-ntp true',
  }
}
