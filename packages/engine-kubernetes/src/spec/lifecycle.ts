import type { V1Lifecycle, V1Probe } from '@kubernetes/client-node'
import { durationMs, type Health, type KubernetesEnvironment, stopMs } from '@stevedore/contract'

/** The container port's name: a Service that points to it follows each revision's own port number. */
export const portName = 'http'

/** Kubernetes counts whole seconds, at least one. */
export function wholeSeconds(duration: string): number {
  return Math.max(1, Math.ceil(durationMs(duration) / 1_000))
}

/**
 * Readiness decides on traffic. Liveness begins only after the health deadline, by which a deploy has been judged, and is
 * more patient: a busy replica leaves the route before it is restarted.
 * @param port the number of a port, or its name in the container
 */
export function buildProbes(
  health: Health,
  port: number | string = portName,
): { readinessProbe: V1Probe; livenessProbe: V1Probe } {
  const ask = buildHandler(health, port)
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

function buildHandler({ path, command }: Health, port: number | string): V1Probe {
  if (path !== undefined) return { httpGet: { path, port, scheme: 'HTTP' } }
  return command ? { exec: { command: [...command] } } : { tcpSocket: { port } }
}

/**
 * How long a leaving pod goes on serving: Kubernetes takes it out of the route and tells it to stop at the same moment, and the
 * nodes' proxies follow only after up to a second (more on a busy node).
 */
const leaveSeconds = 5

/**
 * From 1.30 the kubelet waits by itself. Before, a command has to: an image without `sleep` (FROM scratch) is then told to
 * stop at once, which Kubernetes only notes as an event.
 */
export function buildLifecycle(minor: number): V1Lifecycle {
  return {
    preStop:
      minor >= 30 ? { sleep: { seconds: leaveSeconds } } : { exec: { command: ['sleep', String(leaveSeconds)] } },
  }
}

/** The hook's time counts against the grace period. */
export function graceSeconds(settings: KubernetesEnvironment): number {
  return leaveSeconds + Math.ceil(stopMs(settings) / 1_000)
}
