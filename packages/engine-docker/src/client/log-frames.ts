import { createLineSplitter, type LineSplitter, type LogLine, splitStamp } from '@stevedore/engine'

/** One message of a container's log: Docker breaks a line of more than 16 KiB into several. */
interface Frame {
  /** 1: standard output; 2: standard error. */
  stream: number
  payload: Buffer
}

const headerBytes = 8

/** Docker's frames of a stream: a header with the output's number and, in its last four bytes, the length; then the message. */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    for (let end = frameEnd(rest); end <= rest.length; end = frameEnd(rest)) {
      yield { stream: rest.readUInt8(0), payload: rest.subarray(headerBytes, end) }
      rest = rest.subarray(end)
    }
  }
}

function frameEnd(bytes: Buffer): number {
  return bytes.length < headerBytes ? Number.POSITIVE_INFINITY : headerBytes + bytes.readUInt32BE(4)
}

interface Output {
  splitter: LineSplitter
  /** Of the line that is open: that of its first frame. */
  at: string
}

/**
 * The lines of a log whose frames begin with their time. Each output has its own, so that a line of one never breaks into a line of
 * the other's.
 */
export async function* readLogLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine> {
  let lines: LogLine[] = []
  const outputs = new Map<number, Output>()
  const open = (): Output => {
    const output: Output = { splitter: createLineSplitter((text) => lines.push({ at: output.at, text })), at: '' }
    return output
  }
  const find = (stream: number) => {
    const output = outputs.get(stream) ?? open()
    outputs.set(stream, output)
    return output
  }
  for await (const { stream, payload } of readFrames(chunks)) {
    const output = find(stream)
    const stampEnd = payload.indexOf(' ')
    if (!output.splitter.isOpen()) output.at = splitStamp(payload.subarray(0, stampEnd + 1).toString('latin1')).at
    output.splitter.take(payload.subarray(stampEnd + 1))
    yield* lines
    lines = []
  }
  for (const { splitter } of outputs.values()) splitter.end()
  yield* lines
}
