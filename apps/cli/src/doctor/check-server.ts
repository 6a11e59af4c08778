import type { Client } from '../client/client.ts'
import { Refusal } from '../client/refusal.ts'
import { CliError } from '../exit.ts'
import type { Check } from './check-machine.ts'

/** Whether the server answers and takes the token. */
export async function checkServer(client: Client): Promise<Check[]> {
  const server = await attempt('server', `${client.url} answers and is ready`, () => client.get('/ready'))
  if (server.state === 'bad' && server.found.includes("can't be reached")) return [server]
  return [server, await attempt('token', 'is accepted', () => client.get('/v1/apps'))]
}

async function attempt(name: string, found: string, ask: () => Promise<unknown>): Promise<Check> {
  try {
    await ask()
    return { name, state: 'good', found }
  } catch (error) {
    if (!(error instanceof CliError || error instanceof Refusal)) throw error
    return { name, state: 'bad', found: error.message, remedy: error.remedy }
  }
}
