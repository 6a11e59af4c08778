import { type Checkpoint, writeCheckpoint } from '@stevedore/ledger'

const timeoutMs = 10_000

/**
 * Posts a checkpoint as JSON to somebody who keeps it. A name and a password in the address go as basic authorization. Rejects where that
 * answers anything but 2xx; the error never holds the address.
 */
export async function sendCheckpoint(sink: URL, checkpoint: Checkpoint, stopping: AbortSignal): Promise<void> {
  const { address, headers } = splitCredentials(sink)
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: writeCheckpoint(checkpoint),
    redirect: 'manual',
    signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the sink answered ${answer.status}`)
}

/** `fetch` takes no address with credentials, and quotes it in its refusal. */
function splitCredentials(sink: URL): { address: URL; headers: Record<string, string> } {
  const { username, password } = sink
  if (!username && !password) return { address: sink, headers: {} }
  const address = new URL(sink)
  address.username = ''
  address.password = ''
  const account = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return { address, headers: { authorization: `Basic ${account}` } }
}
