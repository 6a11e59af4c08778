import type { V1Container, V1Lifecycle, V1Probe } from '@kubernetes/client-node'
import {
  chooseHealth,
  durationMs,
  type Health,
  type KubernetesEnvironment,
  steadyIntervalMs,
  stopMs,
} from '@stevedore/contract'
import { nameInChecks } from '@stevedore/engine'
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

export type Probes = Pick<V1Container, 'startupProbe' | 'readinessProbe'>

/** What a probe may ask of a replica: by which name, and on which port. */
interface Asked {
  host?: string | undefined
  /** Its number, or its name in the container. */
  port: number | string
}

/**
 * Where nobody is served by a replica that is out, and all may be out at once, a busy minute must not do it: at the default
 * `steadyInterval` this is one.
 */
const missesUntilOut = 6

/** The most that Kubernetes counts to. */
const never = 2_147_483_647

/**
 * Two cadences: the startup probe asks every `interval` until the first good answer, readiness every `steadyInterval` from then on.
 * Readiness decides on traffic, and completes the threshold. No probe has anything restarted: a kubelet takes 429, 503 and a
 * connection that is not taken in time for the death of an app that has too much to do.
 */
export function buildProbes(health: Health, asked: Asked): Probes {
  const ask = buildHandler(health, asked)
  const timeoutSeconds = wholeSeconds(health.timeout)
  return {
    startupProbe: { ...ask, periodSeconds: wholeSeconds(health.interval), timeoutSeconds, failureThreshold: never },
    readinessProbe: {
      ...ask,
      periodSeconds: toSeconds(steadyIntervalMs(health)),
      timeoutSeconds,
      // Kubernetes counts one answer alone of a startup probe: it is the first of those in a row.
      successThreshold: Math.max(1, health.threshold - 1),
      failureThreshold: missesUntilOut,
    },
  }
}

/** Asked by a name, an app that sends visitors on to `https` sends them to another host, and a kubelet follows to none. */
function buildHandler({ path, command }: Health, { host, port }: Asked): V1Probe {
  if (command) return { exec: { command: [...command] } }
  if (path === undefined) return { tcpSocket: { port } }
  return { httpGet: { path, port, scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: nameInChecks(host) }] } }
}

/** How long a replica must run that is asked nothing: what dies at its start has done so by then. */
export const unaskedSeconds = 5

/**
 * Whether there is anything to ask of a replica. An environment that names neither a health, a way in nor a port of its own, and whose
 * image does not either, is a worker: nothing need listen there.
 */
export function isAsked(settings: KubernetesEnvironment): boolean {
  return isMainAsked(settings) || settings.ports !== undefined
}

function isMainAsked(settings: KubernetesEnvironment): boolean {
  return namesMain(settings) || listensByImage(settings)
}

/** Whether its image alone says that it listens. */
export function listensByImage(settings: KubernetesEnvironment): boolean {
  return settings.fromImage?.port === settings.containerPort && !namesMain(settings) && settings.ports === undefined
}

function namesMain(settings: KubernetesEnvironment): boolean {
  const { ingress, strategy, check, protocol } = settings
  const health = chooseHealth(settings)
  return (
    Boolean(health.path ?? health.command ?? ingress ?? check?.path ?? protocol) ||
    !['rolling', 'recreate'].includes(strategy.type) ||
    isNamed(settings, 'service') ||
    isNamed(settings, 'containerPort')
  )
}

/** The port that is asked. Where only further ports are named nothing need listen on the main one, and the first stands for all. */
export function choosePort(settings: KubernetesEnvironment): number | string {
  return isMainAsked(settings) ? portName : (settings.ports?.[0]?.containerPort ?? portName)
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

/** What no route leads to has none to leave first. */
export function processGraceSeconds(settings: KubernetesEnvironment): number {
  return Math.ceil(stopMs(settings) / 1_000)
}

/** The hook's time counts against the grace period. */
export function graceSeconds(settings: KubernetesEnvironment): number {
  return leaveSeconds + Math.ceil(stopMs(settings) / 1_000)
}
