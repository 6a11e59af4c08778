import { connect } from 'node:http2'
import { buffer } from 'node:stream/consumers'

/** Calls the example `clock`. One call on a connection of its own, by hand: each message of an answer is a text after seven bytes. */
export async function callClock(address: string, method: string, count: number) {
  const session = connect(address)
  const failed = new Promise<never>((_, reject) => session.on('error', reject))
  const stream = session.request({
    ...{ ':method': 'POST', ':path': `/clock.Clock/${method}` },
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
  })
  let status: string | undefined
  stream.on('trailers', (headers) => (status = String(headers['grpc-status'])))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, count]))
  const body = await Promise.race([buffer(stream), failed])
  session.close()
  const texts: string[] = []
  for (let at = 0; at < body.length; at += 5 + body.readUInt32BE(at + 1))
    texts.push(body.subarray(at + 7, at + 5 + body.readUInt32BE(at + 1)).toString())
  return { texts, status }
}
