import { trace } from '@opentelemetry/api'
import { type DestinationStream, type Logger, pino } from 'pino'
import { maskUrlCredentials } from './redaction/redactor.ts'

export type { Logger }

export interface LoggerOptions {
  level: string
  /** `api`, `worker`: which part of Stevedore writes. */
  name?: string
  /** Standard output when absent. */
  destination?: DestinationStream
}

const secretFields = [
  'password',
  'passphrase',
  'secret',
  'secrets',
  'token',
  'apiKey',
  'privateKey',
  'masterKey',
  'credential',
  'credentials',
  'authorization',
  'cookie',
  'set-cookie',
]
const depths = ['', '*.', '*.*.', '*.*.*.']

/** JSON lines. Fields that hold secrets by their name are masked, as are the credentials of addresses anywhere in a line. */
export function createLogger({ level, name, destination }: LoggerOptions): Logger {
  const options = {
    level,
    ...(name === undefined ? {} : { name }),
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: depths.flatMap((depth) => secretFields.map((field) => `${depth}["${field}"]`.replace('.[', '['))),
      censor: '***',
    },
    mixin: readTraceIds,
    hooks: { streamWrite: maskUrlCredentials },
  }
  return destination ? pino(options, destination) : pino(options)
}

function readTraceIds() {
  const context = trace.getActiveSpan()?.spanContext()
  return context ? { traceId: context.traceId, spanId: context.spanId } : {}
}
