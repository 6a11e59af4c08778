import { type Bench, measureMs, median, quantile, showMs } from './bench.ts'
import { type BenchLedger, openBenchLedger } from './ledger-for-bench.ts'

const jobs = 500

/** How fast requests are recorded: job, event, message and audit entry in one transaction each. */
export const enqueueBench: Bench = {
  name: 'enqueue',
  title: `recording ${jobs} jobs in the ledger`,
  components: [],
  async run() {
    const bench = await openBenchLedger()
    try {
      return [await record(bench, 1), await record(bench, 8)]
    } finally {
      await bench.close()
    }
  },
}

async function record({ enqueue }: BenchLedger, callers: number) {
  const each: number[] = []
  let left = jobs
  const call = async () => {
    while (left-- > 0) each.push(await measureMs(enqueue))
  }
  const wholeMs = await measureMs(() => Promise.all(Array.from({ length: callers }, call)))
  return {
    callers,
    'jobs/s': Math.round((1_000 * jobs) / wholeMs),
    'median ms': showMs(median(each)),
    'p99 ms': showMs(quantile(each, 0.99)),
  }
}
