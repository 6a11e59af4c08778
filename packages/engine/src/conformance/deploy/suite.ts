import { describe, test } from 'vitest'
import { certificateTests } from './certificates.ts'
import { commandTests } from './commands.ts'
import { serviceTests } from './companions.ts'
import { execTests } from './execs.ts'
import { explanationTests } from './explanation.ts'
import { fileTests } from './files.ts'
import type { DeployHarness, HarnessOptions } from './harness.ts'
import { linkTests } from './links.ts'
import { processTests } from './processes.ts'
import { routingTests } from './routing.ts'
import { safetyTests } from './safety.ts'
import { scalingTests } from './scaling.ts'
import { volumeTests } from './volumes.ts'
import { webRestartTests } from './web-restart.ts'

/** What stops at every effect and repeats takes as long as all the rest together. */
export type ConformancePart = 'once' | 'every-stop'

/**
 * What every DeployEngine keeps to. `open` gives each test a place of its own and may be slow. The engine tells
 * `replica.started` as an event when a replica runs but is not yet healthy.
 * @param rolling the engine's trait, which must be known before any engine is opened
 * @param concurrent some tests run at a time, where the engine leaves the machine time to
 * @param part both by default
 */
export function describeDeployEngine(
  name: string,
  rolling: 'native' | 'stepwise',
  open: (options: HarnessOptions) => Promise<DeployHarness>,
  { concurrent = false, part }: { concurrent?: boolean; part?: ConformancePart } = {},
): void {
  describe(`${name} keeps to the port`, { concurrent }, () => {
    const tests = [
      ...[...scalingTests, ...routingTests, ...explanationTests, ...safetyTests],
      ...[...volumeTests, ...fileTests, ...certificateTests, ...commandTests, ...execTests],
      ...[...processTests, ...webRestartTests, ...serviceTests, ...linkTests],
    ]
    const chosen = tests.filter(
      ({ atEveryStop }) => part === undefined || (part === 'every-stop') === (atEveryStop ?? false),
    )
    for (const { title, options, run, rolling: needed, timeoutMs } of chosen)
      test.skipIf(needed !== undefined && needed !== rolling)(title, { timeout: timeoutMs ?? 300_000 }, async () => {
        const harness = await open(options)
        try {
          await run(harness)
        } finally {
          await harness.cleanup()
        }
      })
  })
}
