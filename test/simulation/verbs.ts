import { setTimeout as pause } from 'node:timers/promises'
import { type ControlVerb, ProblemError } from '@stevedore/contract'
import { controlJob } from '@stevedore/ledger'
import { by, type ClientOptions, callApi, type Request } from './send.ts'

/** Something that is asked of a job under way, some time after the last. */
export interface Ask {
  verb: ControlVerb
  full?: boolean
  afterMs: number
}

const againMs = 4_000
const tries = 6

/** Asks one after the other, each until the job is where that may be asked of it, or the client has had enough. */
export async function askAll(options: ClientOptions, request: Request, jobId: string, asks: readonly Ask[]) {
  for (const { verb, full = false, afterMs } of asks) {
    await pause(afterMs)
    for (let count = 0; count < tries; count++) {
      if (await ask(options, request, { jobId, verb, full })) break
      await pause(againMs)
    }
  }
}

type Said = Pick<Parameters<typeof controlJob>[1], 'jobId' | 'verb' | 'full'>

/** @returns whether it was heard, or may have been */
async function ask(options: ClientOptions, request: Request, said: Said): Promise<boolean> {
  const { verb } = said
  request.asks.push(verb)
  try {
    const { state } = await callApi(options, ({ ledger }) => controlJob(ledger, { ...said, by }))
    options.schedule.note(`client is told ${verb} of ${request.what}: ${state}`)
    // It stood at a pause, and from there an abort leads back alone.
    if (verb === 'abort' && state === 'queued') request.isTurnedBack = true
    return true
  } catch (error) {
    return !(error instanceof ProblemError)
  }
}
