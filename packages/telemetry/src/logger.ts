import { hostname } from 'node:os'
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

/**
 * JSON lines, whose common fields have the names of the Elastic Common Schema; what is Stevedore's own (`jobId`, `environment`) has its own.
 * Fields that hold secrets by their name are masked, as are the credentials of addresses anywhere in a line.
 * @see https://www.elastic.co/docs/reference/ecs
 */
export function createLogger({ level, name, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: {
      'service.name': nameService(name),
      'process.pid': process.pid,
      'host.hostname': hostname(),
    },
    messageKey: 'message',
    errorKey: 'err',
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ 'log.level': label }), log: nameError },
    serializers: { err: pino.stdSerializers.err, error: describeError },
    redact: {
      paths: depths.flatMap((depth) => secretFields.map((field) => `${depth}["${field}"]`.replace('.[', '['))),
      censor: '***',
    },
    mixin: readTraceIds,
    hooks: { streamWrite: redactLine },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** As traces name it. */
function nameService(part = 'stevedore'): string {
  return part === 'stevedore' ? part : `stevedore-${part}`
}

/** Callers say `err`, as pino's own do. */
function nameError({ err, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return err === undefined ? fields : { ...fields, error: err }
}

function describeError(given: unknown): unknown {
  if (!(given instanceof Error)) return given
  const { stack, ...described } = pino.stdSerializers.err(given)
  return { ...described, stack_trace: stack }
}

const redactors = new Set<Redact>()
type Redact = (text: string) => string

/** Every line that this process logs passes `redact` from now on. @returns ends it */
export function redactLogs(redact: Redact): () => void {
  redactors.add(redact)
  return () => redactors.delete(redact)
}

/** Only texts are masked, so that a line stays what it is for machines; as they are, not as a line of JSON writes them. */
function redactLine(line: string): string {
  const shown = maskUrlCredentials(line)
  if (redactors.size === 0) return shown
  const redact = (text: string) => [...redactors].reduce((shown, one) => one(shown), text)
  const parsed = JSON.parse(shown, (_key, value) => (typeof value === 'string' ? redact(value) : value))
  return `${JSON.stringify(parsed)}\n`
}

function readTraceIds() {
  const context = trace.getActiveSpan()?.spanContext()
  return context ? { 'trace.id': context.traceId, 'span.id': context.spanId } : {}
}
