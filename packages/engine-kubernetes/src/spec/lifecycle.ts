import type { V1Container, V1Lifecycle, V1Probe } from '@kubernetes/client-node'
import {
  chooseHealth,
  durationMs,
  type Health,
  type KubernetesEnvironment,
  steadyIntervalMs,
  stopMs,
} from '@stevedore/contract'
import { isNamed } from './place.ts'

/** The container port's name: a Service that points to it follows each revision's own port number. */
export const portName = 'http'

/** Kubernetes counts whole seconds, at least one. */
export function wholeSeconds(duration: string): number {
  return toSeconds(durationMs(duration))
}

function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}

/** How long after the health deadline a container that never answered well is started anew: a deploy has been judged by then. */
const restartAfterSeconds = 60

export type Probes = Pick<V1Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'>

/**
 * Two cadences: the startup probe asks every `interval` until the first good answer, the others every `steadyInterval` from then on.
 * Readiness decides on traffic: it completes the threshold, and two answers in a row that are not good take a replica out. Liveness
 * restarts only what takes no connections any more: an answer of 429 or 503 is one of a living app.
 * @param port the number of a port, or its name in the container
 */
export function buildProbes(health: Health, port: number | string = portName): Probes {
  const ask = buildHandler(health, port)
  const timeoutSeconds = wholeSeconds(health.timeout)
  const startSeconds = wholeSeconds(health.interval)
  const steadySeconds = toSeconds(steadyIntervalMs(health))
  const patience = wholeSeconds(health.deadline) + restartAfterSeconds
  return {
    startupProbe: {
      ...ask,
      periodSeconds: startSeconds,
      timeoutSeconds,
      failureThreshold: Math.ceil(patience / startSeconds),
    },
    readinessProbe: {
      ...ask,
      periodSeconds: steadySeconds,
      timeoutSeconds,
      // Kubernetes counts one answer alone of a startup probe: it is the first of those in a row.
      successThreshold: Math.max(1, health.threshold - 1),
      failureThreshold: 2,
    },
    livenessProbe: {
      ...(health.command ? ask : { tcpSocket: { port } }),
      periodSeconds: Math.max(10, steadySeconds),
      timeoutSeconds,
      failureThreshold: 6,
    },
  }
}

function buildHandler({ path, command }: Health, port: number | string): V1Probe {
  if (path !== undefined) return { httpGet: { path, port, scheme: 'HTTP' } }
  return command ? { exec: { command: [...command] } } : { tcpSocket: { port } }
}

/** How long a replica must run that is asked nothing: what dies at its start has done so by then. */
export const unaskedSeconds = 5

/**
 * Whether there is anything to ask of a replica. An environment that names neither a health, a way in nor a port of its own is a
 * worker: nothing need listen there.
 */
export function isAsked(settings: KubernetesEnvironment): boolean {
  return isMainAsked(settings) || settings.ports !== undefined
}

function isMainAsked(settings: KubernetesEnvironment): boolean {
  const { ingress, strategy, check, protocol } = settings
  const health = chooseHealth(settings)
  return (
    Boolean(health.path ?? health.command ?? ingress ?? check?.path ?? protocol) ||
    strategy.type !== 'rolling' ||
    isNamed(settings, 'service') ||
    isNamed(settings, 'containerPort')
  )
}

/**
 * The port that is asked. Where only further ports are named nothing need listen on the main one, and the first of them stands for all.
 * @param main how the main port is called in the container
 */
export function choosePort(settings: KubernetesEnvironment, main: number | string = portName): number | string {
  return isMainAsked(settings) ? main : (settings.ports?.[0]?.containerPort ?? main)
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
