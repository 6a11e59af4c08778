import { readConfig } from '@stevedore/config'
import { type Absence, createToken, openLedger } from '@stevedore/ledger'
import { createMetrics } from '@stevedore/telemetry'
import { createTestDatabase } from '@stevedore/testkit'
import { expect, test } from 'vitest'
import { serveProbe } from '../../../apps/server/src/serve-probe.ts'

test('a worker alone tells its health to all, and its metrics to those who may read', async () => {
  const database = await createTestDatabase()
  const ledger = openLedger({ url: database.serviceUrl })
  const config = { ...readConfig({}), databaseUrl: database.serviceUrl }
  const away: Absence[] = []
  const probe = await serveProbe({ config, ledger, metrics: createMetrics(), listAway: () => away }, 0)
  const ask = async (path: string, token?: string) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    return (await fetch(`http://127.0.0.1:${probe.port}${path}`, { headers })).status
  }
  const by = { actor: 'system', correlationId: 'test' }
  try {
    const { token } = await createToken(ledger, { name: 'prometheus', role: 'viewer', by })
    const narrow = await createToken(ledger, { name: 'narrow', role: 'viewer', app: 'shop', by })
    expect(await ask('/health')).toBe(200)
    expect(await ask('/ready')).toBe(200)
    const since = new Date('2026-01-01T00:00:00Z')
    away.push({ site: 'docker', since, reason: 'connect ECONNREFUSED 10.0.0.1:2375' })
    const ready = await fetch(`http://127.0.0.1:${probe.port}/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'degraded', away: [{ site: 'docker', since: since.toISOString() }] },
    ])
    expect(await ask('/metrics')).toBe(401)
    expect(await ask('/metrics', 'stv_nobodys')).toBe(401)
    expect(await ask('/metrics', narrow.token)).toBe(401)
    expect(await ask('/metrics', token)).toBe(200)
    expect(await ask('/elsewhere')).toBe(404)
  } finally {
    await probe.close()
    await ledger.close()
    await database.drop()
  }
})
