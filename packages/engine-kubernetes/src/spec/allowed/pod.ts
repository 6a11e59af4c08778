import { containerTable } from './container.ts'
import { isOwnAccount, ownAccount, ownPullSecret } from './own.ts'
import {
  fields,
  flag,
  grantHint,
  isGranted,
  list,
  never,
  number,
  only,
  onlyBut,
  type Rule,
  rule,
  shaped,
  shortName,
  showForeign,
  type Table,
  text,
  texts,
} from './rule.ts'
import { affinity, nodeSelector, spread, tolerations } from './scheduling.ts'
import { podSecurityTable } from './security.ts'
import { volumeTable } from './volumes.ts'

const containers = fields(containerTable, { required: ['name'] })
const address = shaped('an address', /^[0-9a-fA-F.:]{2,45}$/)

const tokenMount: Rule = rule(
  '`false`; `true` where the pods have a ServiceAccount of their own',
  (value, facts) => value === false || (value === true && isOwnAccount(facts.own?.account)),
  'name a `serviceAccountName` that is the app’s: the account `default` is shared',
)

function granted(kind: 'priority' | 'runtime'): Rule {
  return {
    says: `one that is given by \`${kind}:NAME\``,
    judge(value, at, facts) {
      if (typeof value === 'string' && isGranted(facts, `${kind}:${value}`)) return []
      const hint = typeof value === 'string' ? `, ${grantHint(`${kind}:${value}`)}` : ''
      return [`${at} ${showForeign(value)} is not for manifests: leave it out${hint}`]
    },
  }
}

/** The pods of a Deployment run on; those of a CronJob come to an end. */
const restartPolicy = rule('`Always`; in a CronJob `OnFailure`, `Never`', (value, { own }) =>
  (own?.kind === 'CronJob' ? ['OnFailure', 'Never'] : ['Always']).includes(String(value)),
)

const dnsTable: Table = {
  title: 'DNS of pods',
  rows: {
    nameservers: list(address),
    searches: texts,
    options: list(fields({ title: 'Option of DNS', rows: { name: text, value: text } })),
  },
}

const shared = 'pods share nothing with their node'
export const podTable: Table = {
  title: 'Pod',
  rows: {
    containers: list(containers, { required: true }),
    initContainers: list(containers),
    volumes: list(fields(volumeTable, { required: ['name'] })),
    securityContext: fields(podSecurityTable),
    serviceAccountName: ownAccount,
    serviceAccount: ownAccount,
    automountServiceAccountToken: tokenMount,
    imagePullSecrets: list(fields({ title: 'Pull secret', rows: { name: ownPullSecret } }, { required: ['name'] })),
    affinity,
    topologySpreadConstraints: spread,
    nodeSelector,
    tolerations,
    priorityClassName: granted('priority'),
    runtimeClassName: granted('runtime'),
    preemptionPolicy: only('Never'),
    restartPolicy,
    terminationGracePeriodSeconds: number(0, 86_400),
    enableServiceLinks: flag,
    shareProcessNamespace: flag,
    hostname: shortName,
    subdomain: shortName,
    setHostnameAsFQDN: flag,
    hostAliases: list(fields({ title: 'Names of the pod’s own', rows: { ip: address, hostnames: texts } })),
    dnsPolicy: only('ClusterFirst', 'Default', 'None'),
    dnsConfig: fields(dnsTable),
    os: fields({ title: 'Operating system', rows: { name: only('linux') } }),
    hostNetwork: onlyBut(`${shared}: name a Service`, false),
    hostPID: onlyBut(shared, false),
    hostIPC: onlyBut(shared, false),
    hostUsers: onlyBut(shared, false),
    nodeName: never('spread pods by `topologySpreadConstraints`'),
    schedulerName: never('the cluster’s own scheduler is used'),
    priority: never('name a `priorityClassName` that the operator gives'),
    ephemeralContainers: never('name a container of the pod, or use `kubectl debug`'),
    readinessGates: never('pods are ready by their probes'),
    overhead: never('it comes with the `runtimeClassName`'),
    resourceClaims: never('devices are the operator’s: `resource:NAME`'),
  },
}
