import type { V1Lifecycle } from '@kubernetes/client-node'
import { wholeSeconds } from './probes.ts'

/**
 * How long a leaving pod goes on serving: Kubernetes takes it out of the route and tells it to stop at the same moment, and the
 * nodes' proxies follow only after up to a second (more on a busy node).
 */
export const leaveSeconds = 5

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
export function graceSeconds(drain: string): number {
  return leaveSeconds + wholeSeconds(drain)
}
