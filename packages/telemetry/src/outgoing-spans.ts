import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { type OutgoingCall, outgoingCalls } from '@stevedore/contract'

/** Makes a span of each call that a room tells of, within the span that makes it. @returns ends it */
export function traceOutgoingCalls(): () => void {
  const open = new WeakMap<OutgoingCall, Span>()
  const end = (call: OutgoingCall) => {
    open.get(call)?.end()
    open.delete(call)
  }
  const listener = {
    start(call: OutgoingCall) {
      // What a process does for itself, as its looks at the ledger, would be a trace per call that joins nothing.
      if (!trace.getActiveSpan()) return
      const { system, name } = call
      const attributes = { 'peer.service': system, ...(system === 'postgresql' && { 'db.system.name': system }) }
      open.set(call, trace.getTracer('stevedore').startSpan(`${system} ${name}`, { kind: SpanKind.CLIENT, attributes }))
    },
    error(call: OutgoingCall & { error?: unknown }) {
      const reason = call.error instanceof Error ? call.error.name : 'unknown'
      open.get(call)?.setStatus({ code: SpanStatusCode.ERROR, message: reason })
    },
    /** One that could not even begin has no later end. */
    end(call: OutgoingCall & { error?: unknown }) {
      if ('error' in call) end(call)
    },
    asyncStart() {},
    asyncEnd: end,
  }
  outgoingCalls.subscribe(listener)
  return () => void outgoingCalls.unsubscribe(listener)
}
