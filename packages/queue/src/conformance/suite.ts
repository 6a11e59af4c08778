import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { describeDelivery } from './delivery.ts'
import type { TransportHarness } from './harness.ts'
import { describeOutage } from './outage.ts'
import { describeRecovery } from './recovery.ts'

/** What the rest of Stevedore relies on, whichever backend carries the messages. */
export function describeTransport(name: string, open: () => Promise<TransportHarness>) {
  describe(name, () => {
    let harness: TransportHarness
    beforeAll(async () => {
      harness = await open()
    })
    beforeEach(() => harness.wipe())
    afterAll(() => harness?.stop())

    describeDelivery(() => harness)
    describeRecovery(() => harness)
    describeOutage(() => harness)
  })
}
