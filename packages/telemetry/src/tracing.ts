import { type Attributes, SpanStatusCode, trace } from '@opentelemetry/api'

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
  return { stop: () => sdk.shutdown() }
}

/** Runs a piece of work as a span. Of an error only its name is sent: its message may hold anything. */
export async function withSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('stevedore').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'unknown' })
      throw error
    } finally {
      span.end()
    }
  })
}
