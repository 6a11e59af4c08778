import { ask } from '../../api/client.ts'
import { listEventsAfter } from '../../api/jobs.ts'
import { nameJob } from '../../parts/job.ts'
import type { Screen } from '../../screen.ts'
import type { Place, State } from '../../state.ts'
import { followOutput, readEarlier } from './follow.ts'
import { createModel, type LogData, type LogModel, listMarks } from './model.ts'
import { viewLog } from './view.ts'

/** What did it print? */
export const logScreen: Screen<LogData> = {
  path: '/console/jobs/:id/log',
  title: (_place, data) => (data ? `Log: ${nameJob(data.job)}` : 'Log'),
  load: loadLog,
  isTouchedBy: ({ job, type }, _place, data) => job === data.job.id && /^(job|step)\.(?!progress)/.test(type),
  view: viewLog,
  leave: ({ model }) => model.stop(),
}

/** The output itself is read beside this, and goes on until the screen is left. */
async function loadLog(place: Place, { loaded }: State, signal: AbortSignal): Promise<LogData> {
  const known =
    loaded.screen === 'log' && loaded.place.path === place.path ? (loaded.data as LogData | undefined) : undefined
  const job = await ask('getJob', { params: { id: place.params.id ?? '' }, signal })
  const more = await listEventsAfter(job.id, known?.events.at(-1)?.seq ?? 0, signal)
  const data = { job, events: [...(known?.events ?? []), ...more], model: known?.model ?? openModel(job.id) }
  heedAddress(place, data)
  return data
}

function openModel(id: string): LogModel {
  const leaving = new AbortController()
  const model = createModel({
    readEarlier() {
      model.isReadingEarlier = true
      void readEarlier(id, model, leaving.signal)
    },
    stop: () => leaving.abort(),
  })
  void followOutput(id, model, leaving.signal)
  return model
}

let heeded: URLSearchParams | undefined

/** `?line=120` and `?step=checkout` lead to a line, `?q=error` to all that hold it: once for each address. */
function heedAddress({ query }: Place, { events, model }: LogData): void {
  if (heeded === query) return
  heeded = query
  const mark = listMarks(events).findLast(({ name }) => name === query.get('step'))
  if (/^[1-9]\d{0,9}$/.test(query.get('line') ?? '')) model.wanted = { line: Number(query.get('line')) - 1 }
  else if (mark) model.wanted = { offset: mark.offset }
  if (model.wanted) model.isAtEnd = false
  const text = query.get('q') ?? ''
  if (text !== model.search.text) model.search = { text, done: 0, found: [] }
}
