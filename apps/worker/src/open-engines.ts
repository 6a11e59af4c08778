import type { Config } from '@stevedore/config'
import {
  type BuilderSettings,
  createDockerDeployEngine,
  createDockerImageEngine,
  openDocker,
} from '@stevedore/engine-docker'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { type Ledger, listVouchedHosts } from '@stevedore/ledger'
import { patiently } from './attempt/patience.ts'
import type { Engines } from './engines.ts'

/** The engines of this worker, as its environment says. Nothing is contacted yet. */
export function openEngines(config: Config, ledger: Ledger): Engines {
  const docker = openDocker({ host: config.dockerHost })
  const hosts = Object.fromEntries(
    Object.entries(config.dockerHosts).map(([name, host]) => [name, openDocker({ host })]),
  )
  const proxy = {
    name: config.proxyName,
    image: config.proxyImage,
    ports: config.proxyPorts,
    limits: config.proxyLimits,
    trusted: config.proxyTrusted,
    proxyProtocolFrom: config.proxyProtocolFrom,
  }
  return {
    images: createDockerImageEngine({
      host: config.dockerHost,
      builder: chooseBuilder(config),
      scans: { network: config.dockerNetwork, limits: config.builder.limits, env: config.scanEnv },
      listAllowedHosts: async () => [
        ...config.allowedHosts,
        ...(await patiently(AbortSignal.timeout(config.leaseMs), () => listVouchedHosts(ledger))),
      ],
    }),
    deploy: {
      docker: createDockerDeployEngine({
        docker,
        hosts,
        proxy,
        network: config.dockerNetwork,
        appLimits: config.appLimits,
      }),
      kubernetes: createKubernetesDeployEngine({
        kubeconfig: config.kubeconfig,
        allowedInManifests: config.allowedInManifests,
        nodeGraceMs: config.nodeGraceMs,
        appLimits: config.appLimits,
      }),
    },
  }
}

function chooseBuilder({ builder: { mode, ...settings } }: Config): BuilderSettings | undefined {
  return mode === 'engine' ? undefined : { mode, ...settings }
}
