import type { V1Container, V1Probe } from '@kubernetes/client-node'
import { durationMs, type Health } from '@stevedore/contract'

/** The container port's name: a Service that points to it follows each revision's own port number. */
export const portName = 'http'

/** Kubernetes counts whole seconds, at least one. */
export function wholeSeconds(duration: string): number {
  return Math.max(1, Math.ceil(durationMs(duration) / 1_000))
}

/**
 * Readiness decides on traffic. Liveness begins only after the health deadline, by which a deploy has been judged, and is
 * more patient: a busy replica leaves the route before it is restarted.
 */
export function buildProbes(health: Health): Pick<V1Container, 'readinessProbe' | 'livenessProbe'> {
  const ask = buildHandler(health)
  const timing = { periodSeconds: wholeSeconds(health.interval), timeoutSeconds: wholeSeconds(health.timeout) }
  return {
    readinessProbe: { ...ask, ...timing, successThreshold: health.threshold, failureThreshold: 3 },
    livenessProbe: {
      ...ask,
      periodSeconds: Math.max(10, timing.periodSeconds),
      timeoutSeconds: timing.timeoutSeconds,
      failureThreshold: 6,
      initialDelaySeconds: wholeSeconds(health.deadline),
    },
  }
}

function buildHandler({ path, command }: Health): V1Probe {
  if (path !== undefined) return { httpGet: { path, port: portName, scheme: 'HTTP' } }
  return command ? { exec: { command: [...command] } } : { tcpSocket: { port: portName } }
}
