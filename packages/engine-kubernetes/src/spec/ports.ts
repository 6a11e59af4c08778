import type { V1ContainerPort, V1ServicePort } from '@kubernetes/client-node'
import { type KubernetesEnvironment, type PortProtocol, servicePortOf } from '@stevedore/contract'
import { portName } from './lifecycle.ts'

/** The port on which a Service that Stevedore made answers. */
const mainServicePort = 80

type PortSettings = Pick<KubernetesEnvironment, 'containerPort' | 'protocol' | 'ports'>

/** Named as on the Service, which so follows each revision's own numbers. */
export function buildContainerPorts({ containerPort, ports = [] }: PortSettings): V1ContainerPort[] {
  const further = ports.map((port) => ({ name: nameFurther(port), containerPort: port.containerPort }))
  return [{ name: portName, containerPort }, ...further].map((port) => ({ ...port, protocol: 'TCP' }))
}

export function buildServicePorts({ protocol = 'http', ports = [] }: PortSettings): V1ServicePort[] {
  const further = ports.map((port) => ({
    name: nameFurther(port),
    port: servicePortOf(port),
    targetPort: nameFurther(port),
    ...tellProtocol(port.protocol),
  }))
  const main = { name: portName, port: mainServicePort, targetPort: portName, ...tellProtocol(protocol) }
  return [main, ...further].map((port) => ({ ...port, protocol: 'TCP' }))
}

function nameFurther(port: Parameters<typeof servicePortOf>[0]): string {
  return `port-${servicePortOf(port)}`
}

/** What proxies of the cluster go by; of HTTP nothing, as ever. */
function tellProtocol(protocol: PortProtocol): { appProtocol?: string } {
  if (protocol === 'http') return {}
  return { appProtocol: protocol === 'h2c' ? 'kubernetes.io/h2c' : protocol }
}
