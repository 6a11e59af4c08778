import { isFinal, operations, ProblemError } from '@stevedore/contract'
import { type Job, writeTerminal } from '@stevedore/ledger'
import { type Call, defineRoute } from '../../route.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { streamTerminal } from '../../streams/terminal.ts'
import { readLastEventId } from './events.ts'

export const writeTerminalRoute = defineRoute(operations.writeTerminal, {
  async handle({ context: { ledger }, subject, by, body }) {
    requireTerminal(subject, by)
    if (isFinal(subject.state))
      throw new ProblemError('illegal-transition', 'the job has ended, and its terminal with it')
    const { seq, input, size, seen } = body ?? {}
    const typed = seq === undefined || input === undefined ? undefined : { seq, data: Buffer.from(input, 'base64') }
    return { taken: await writeTerminal(ledger, { jobId: subject.id, size, seen, input: typed }) }
  },
})

export const readTerminalRoute = defineRoute(operations.readTerminal, {
  unhurried: true,
  async handle(call) {
    const { context, subject, by, request } = call
    requireTerminal(subject, by)
    const after = readLastEventId(request.headers['last-event-id'])
    return sendStream(call, 'text/event-stream', (signal) =>
      streamTerminal(context, { jobId: subject.id, after, signal }),
    )
  },
})

/** What is typed and shown is between two: nobody looks on, and nobody types along. Throws ProblemError. */
function requireTerminal({ request, requestedBy }: Job, by: Call['by']): void {
  if (request.kind !== 'run' || request.terminal === undefined)
    throw new ProblemError('illegal-transition', 'the job has no terminal')
  if (requestedBy !== by.actor)
    throw new ProblemError('forbidden', `the terminal is that of ${requestedBy}, who asked for the command`)
}
