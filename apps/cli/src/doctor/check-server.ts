import type { Client } from '../client/client.ts'
import { CliError, exitStatus } from '../exit.ts'
import type { Check } from './check-machine.ts'

/** Whether the server answers and takes the token, which is asked only of a server that is there. */
export async function checkServer(client: Client): Promise<Check[]> {
  const refusal = await findRefusal(client.call('ready', {}))
  const server = toCheck('server', `${client.url} answers and is ready`, refusal)
  if (refusal?.status === exitStatus.unreachable) return [server]
  return [server, toCheck('token', 'is accepted', await findRefusal(client.call('listApps', {})))]
}

async function findRefusal(answer: Promise<unknown>): Promise<CliError | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    if (error instanceof CliError) return error
    throw error
  }
}

function toCheck(name: string, found: string, refusal: CliError | undefined): Check {
  if (!refusal) return { name, state: 'good', found }
  return { name, state: 'bad', found: refusal.message, remedy: refusal.remedy }
}
