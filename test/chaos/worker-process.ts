import { readConfig } from '@stevedore/config'
import { openLedger } from '@stevedore/ledger'
import { requireDatabase } from '../../apps/server/src/config.ts'
import { runWorker } from '../../apps/server/src/worker.ts'
import { createScriptedEngines } from './engines.ts'
import { openScript } from './script.ts'

/**
 * Run by tests as a process of its own: `stevedore worker` as operators start it, but for its engines and the points at which it is held, and
 * it ends with its test.
 */
const [scriptDir = '', pauseMs = '0'] = process.argv.slice(2)
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)
const config = requireDatabase(readConfig())
const ledgerOfEngines = openLedger({ url: config.databaseUrl })
const script = openScript(scriptDir)
/** Held whatever happens to the attempt: only the worker itself knows that it is over. */
const never = new AbortController().signal
await runWorker(config, {
  engines: createScriptedEngines(openScript(scriptDir, { pauseMs: Number(pauseMs) }), ledgerOfEngines),
  onPoint: (point, { jobId, attempt }) => script.pass(point, { jobId, attempt }, never),
}).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
await ledgerOfEngines.close()
process.off('disconnect', orphaned)
process.disconnect()
