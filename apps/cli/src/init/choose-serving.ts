import { deploymentsOf } from './find-manifests.ts'
import type { ManifestObject } from './read-manifests.ts'
import { type Fields, fieldOf, fieldsOf } from './values.ts'

export interface Serving {
  deployment: ManifestObject
  /** What the environment has to be told for it, as far as its names do not. */
  settings: { service?: string; deployment?: string }
  /** As a person reads it. */
  why: string
}

/**
 * The Deployment that a deploy of an app takes for the one that serves: the only one, the one that the Service of the app's name leads to, the
 * one of the app's name; else the one of its image that any Service leads to, which the spec then names. Undefined where that could be several.
 */
export function chooseServing(
  objects: readonly ManifestObject[],
  app: string,
  isOwn: (deployment: ManifestObject) => boolean,
): Serving | undefined {
  const deployments = deploymentsOf(objects)
  const [only, ...others] = deployments
  if (only !== undefined && others.length === 0) return { deployment: only, settings: {}, why: 'the only one' }
  const services = objects.filter(({ kind }) => kind === 'Service')
  const led = services.flatMap((service) => {
    const [one, ...more] = deployments.filter((deployment) => leadsTo(service, deployment))
    return one !== undefined && more.length === 0 ? [{ service: service.name, deployment: one }] : []
  })
  const own = led.find(({ service }) => service === app)
  if (own) return { ...own, settings: nameBoth(own, deployments), why: `the Service ${app} leads to it` }
  const named = deployments.filter(({ name }) => name === app)
  const [same] = named
  if (same && named.length === 1) return { deployment: same, settings: {}, why: 'it has the app’s name' }
  const ownLed = led.filter(({ deployment }) => isOwn(deployment))
  const [first] = ownLed
  if (!first || ownLed.some(({ deployment }) => deployment !== first.deployment)) return undefined
  const { service } = ownLed.find((one) => one.service === one.deployment.name) ?? first
  return { deployment: first.deployment, settings: { service }, why: `the Service ${service} leads to it` }
}

/** What serves gets the app's name in the cluster, unless another one is called so. */
function nameBoth(
  { service, deployment }: { service: string; deployment: ManifestObject },
  deployments: readonly ManifestObject[],
): Serving['settings'] {
  const isTaken = deployments.some((one) => one !== deployment && one.name === service)
  return isTaken ? { service, deployment: deployment.name } : {}
}

function leadsTo({ spec }: ManifestObject, { labels }: ManifestObject): boolean {
  const wanted = Object.entries(selectorOf(spec))
  return wanted.length > 0 && wanted.every(([key, value]) => fieldOf(labels, key) === value)
}

function selectorOf(spec: Fields): Fields {
  return fieldsOf(fieldOf(spec, 'selector'))
}
