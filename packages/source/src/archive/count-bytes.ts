import { Transform } from 'node:stream'
import { bad } from './entry-path.ts'

/** Honest source compresses to a tenth; zeros to a thousandth. Small archives may be as dense as they like. */
const maxRatio = 200
const freeBytes = 16 * 2 ** 20

/** Two meters, before and after the decompressor: the second fails when too much comes out, in all or for what went in. */
export function createMeters(maxBytes: number): { packed: Transform; unpacked: Transform } {
  let [bytesIn, bytesOut] = [0, 0]
  const packed = createMeter((bytes) => {
    bytesIn += bytes
    return undefined
  })
  const unpacked = createMeter((bytes) => {
    bytesOut += bytes
    if (bytesOut > maxBytes) return bad(`it unpacks to more than ${maxBytes} bytes`)
    if (bytesOut > freeBytes && bytesOut > bytesIn * maxRatio)
      return bad(`it unpacks to over ${maxRatio} times its size`)
    return undefined
  })
  return { packed, unpacked }
}

function createMeter(take: (bytes: number) => Error | undefined): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const fault = take(chunk.length)
      if (fault) done(fault)
      else done(null, chunk)
    },
  })
}
