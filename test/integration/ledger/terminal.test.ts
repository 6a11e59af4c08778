import { readTerminal, showTerminal, writeTerminal } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { declareApp, newDeploy, openFixture, startJob } from './fixture.ts'

const { ledger, sql, untilBlocked } = await openFixture()
const { app } = await declareApp(ledger)

test('no piece comes to be seen behind a later one: a reader goes by the last number that it saw', async () => {
  const {
    job: { id: jobId },
  } = await startJob(ledger, newDeploy(app))
  await writeTerminal(ledger, { jobId })
  const seen: string[] = []
  let after = 0
  const look = async () => {
    const { pieces } = await readTerminal(ledger, { jobId, after })
    seen.push(...pieces.map(({ data }) => data.toString()))
    after = pieces.at(-1)?.seq ?? after
  }
  await showTerminal(ledger, { jobId, data: Buffer.from('a piece') })
  await look()
  await sql('begin')
  // As another connection of the worker writes it: it has its number, and is not to be seen yet.
  await sql(`insert into terminal_pieces (job_id, is_input, sealed)
    select job_id, is_input, sealed from terminal_pieces where not is_input`)
  const shown = showTerminal(ledger, { jobId, data: Buffer.from('the next') })
  await Promise.race([shown, untilBlocked('select')])
  await look()
  await sql('commit')
  await shown
  await look()
  expect(seen).toEqual(['a piece', 'a piece', 'the next'])
})
