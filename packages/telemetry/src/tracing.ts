import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { traceOutgoingCalls } from './outgoing-spans.ts'

export interface TracingOptions {
  /** Where an OTLP collector listens over HTTP; without it no spans are made and the SDK is not even loaded. */
  endpoint: string | undefined
  serviceName: string
}

/** Starts sending spans. `stop` sends what is left. */
export async function startTracing({ endpoint, serviceName }: TracingOptions): Promise<{ stop(): Promise<void> }> {
  if (endpoint === undefined) return { stop: async () => {} }
  const [{ NodeSDK }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])
  const traceExporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/{0,64}$/, '')}/v1/traces` })
  const sdk = new NodeSDK({ serviceName, traceExporter, instrumentations: [] })
  sdk.start()
  const stopListening = traceOutgoingCalls()
  return {
    stop: async () => {
      stopListening()
      await sdk.shutdown()
    },
  }
}

export interface SpanOptions {
  /** `server` answers a request, `consumer` does a job that was recorded; what is neither goes on within one of these. */
  kind?: 'server' | 'consumer'
  attributes?: Attributes
  /** The trace to go on with, as `readTraceparent` gave it; by default that of the caller. */
  parent?: string | undefined
}

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL }

/**
 * Runs a piece of work as a span. Of an error only its name is sent: its message may hold anything.
 * @param name what is done, without a number or the name of any one thing, so that spans can be counted by it
 */
export async function withSpan<T>(
  name: string,
  { kind, attributes = {}, parent }: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const options = { attributes, kind: kinds[kind ?? 'internal'] }
  return trace.getTracer('stevedore').startActiveSpan(name, options, openContext(parent), async (span) => {
    try {
      return await work(span)
    } catch (error) {
      if (kind !== 'server' || !isRefusal(error)) markFailed(span, error instanceof Error ? error.name : 'unknown')
      throw error
    } finally {
      span.end()
    }
  })
}

/** Runs what a process does beside the work that it was asked for, so that it is no part of that work's trace. */
export function outsideTraces<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work)
}

function openContext(parent: string | undefined): Context {
  return parent === undefined ? context.active() : propagation.extract(context.active(), { traceparent: parent })
}

/** @param reason a name or a code, never a text that may hold something foreign */
export function markFailed(span: Span, reason: string): void {
  span.setAttribute('error.type', reason)
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason })
}

/** A request that is refused in order is no failure of who refuses it. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
}

/** Of the W3C's Trace Context, in the one version there is. */
const form = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** What a caller says of the trace it is in; undefined where it is none. */
export function parseTraceparent(header: unknown): string | undefined {
  return typeof header === 'string' && form.test(header) ? header : undefined
}

/** The trace that is going on, in a form to be kept and gone on with later; undefined where there is none. */
export function readTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {}
  propagation.inject(context.active(), carrier)
  return parseTraceparent(carrier.traceparent)
}
