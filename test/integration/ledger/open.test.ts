import { checkLedger, openLedger } from '@stevedore/ledger'
import { createTestDatabase } from '@stevedore/testkit'
import { expect, test } from 'vitest'

test('a fresh database is reachable and migrated', async () => {
  const t0 = Date.now()
  const database = await createTestDatabase()
  console.log(Date.now() - t0)
  const ledger = openLedger({ url: database.url })
  expect(await checkLedger(ledger)).toEqual({ reachable: true, migrated: true })
  await ledger.close()
  await database.drop()
})
