import { describe, test } from 'vitest'
import { explanationTests } from './explanation.ts'
import type { DeployHarness, HarnessWish } from './harness.ts'
import { routingTests } from './routing.ts'
import { safetyTests } from './safety.ts'
import { scalingTests } from './scaling.ts'

export interface ConformanceTest {
  title: string
  wish: HarnessWish
  run(harness: DeployHarness): Promise<void>
  /** Only for engines of this rolling. */
  rolling?: 'native'
  timeoutMs?: number
}

/**
 * What every DeployEngine keeps to. `open` gives each test a place of its own and may be slow. The engine tells
 * `replica.started` as an event when a replica runs but is not yet healthy.
 * @param rolling the engine's trait, which must be known before any engine is opened
 * @param concurrent some tests run at a time, where the engine leaves the machine time to
 */
export function describeDeployEngine(
  name: string,
  rolling: 'native' | 'stepwise',
  open: (wish: HarnessWish) => Promise<DeployHarness>,
  { concurrent = false } = {},
): void {
  describe(`${name} keeps to the port`, { concurrent }, () => {
    const tests = [...scalingTests, ...routingTests, ...explanationTests, ...safetyTests]
    for (const { title, wish, run, rolling: needed, timeoutMs } of tests)
      test.skipIf(needed !== undefined && needed !== rolling)(title, { timeout: timeoutMs ?? 180_000 }, async () => {
        const harness = await open(wish)
        try {
          await run(harness)
        } finally {
          await harness.cleanup()
        }
      })
  })
}
