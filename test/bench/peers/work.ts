import { openQueue } from './queues.ts'

/**
 * `node work.ts PEER URL CONCURRENCY COUNT [fill]`: handles so many jobs, which do nothing, and prints what it saw: the milliseconds from the
 * first handler's start to the last one's, and of each job those from its acceptance to its handler's start.
 */
const [peer = '', url = '', concurrency = '', count = '', fill] = process.argv.slice(2)
const queue = await openQueue[peer]!(url)
const wanted = Number(count)
if (fill)
  for (let added = 0; added < wanted; added += 1_000) await queue.addMany(makeJobs(Math.min(1_000, wanted - added)))

const delaysMs: number[] = []
let firstAt: number | undefined
await queue.work(Number(concurrency), ({ at }) => {
  const now = Date.now()
  firstAt ??= now
  delaysMs.push(now - at)
  if (delaysMs.length < wanted) return
  console.log(`done ${JSON.stringify({ wallMs: now - firstAt, delaysMs })}`)
})
console.log('ready')

function makeJobs(length: number) {
  return Array.from({ length }, () => ({ at: Date.now() }))
}
