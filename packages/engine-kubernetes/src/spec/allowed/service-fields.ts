import { describe, seconds } from './describe.ts'
import { metadata, serviceMetadataTable } from './metadata.ts'
import { ownLabels } from './own.ts'
import {
  fields,
  flag,
  grantHint,
  isGranted,
  list,
  never,
  only,
  onlyBut,
  port,
  portOrName,
  protocol,
  type Rule,
  shaped,
  shortName,
  showForeign,
} from './rule.ts'

const nodePort: Rule = {
  says: 'one that is given by `node-port:NAMESPACE/PORT`',
  judge(value, at, facts) {
    const grant = `node-port:${facts.release.settings.namespace}/${value}`
    if (value === 0 || (Number.isInteger(value) && isGranted(facts, grant))) return []
    const hint = Number.isInteger(value) ? `, ${grantHint(grant)}` : ''
    return [`${at} is the cluster’s to choose, not ${showForeign(value)}: leave it out${hint}`]
  },
}

const leadsAway = 'the addresses of a Service are the cluster’s to give'

export const serviceTable = describe('Service', ['v1'], {
  metadata: metadata(serviceMetadataTable),
  spec: fields(
    {
      title: 'Spec of a Service',
      rows: {
        type: onlyBut('any other leads out of the namespace', 'ClusterIP', 'NodePort', 'LoadBalancer'),
        selector: ownLabels,
        ports: list(
          fields({
            title: 'Port of a Service',
            rows: { name: shortName, port, targetPort: portOrName, protocol, appProtocol: shortName, nodePort },
          }),
        ),
        clusterIP: onlyBut(leadsAway, 'None', ''),
        ipFamilies: list(only('IPv4', 'IPv6')),
        ipFamilyPolicy: only('SingleStack', 'PreferDualStack', 'RequireDualStack'),
        sessionAffinity: only('None', 'ClientIP'),
        sessionAffinityConfig: fields({
          title: 'Session affinity',
          rows: { clientIP: fields({ title: 'Affinity by client', rows: { timeoutSeconds: seconds } }) },
        }),
        publishNotReadyAddresses: flag,
        internalTrafficPolicy: only('Cluster', 'Local'),
        externalTrafficPolicy: only('Cluster', 'Local'),
        trafficDistribution: only('PreferClose', 'PreferSameZone', 'PreferSameNode'),
        allocateLoadBalancerNodePorts: flag,
        loadBalancerSourceRanges: list(shaped('a network', /^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/)),
        loadBalancerIP: never(leadsAway),
        loadBalancerClass: never('the cluster’s own is used'),
        externalIPs: never(leadsAway),
        externalName: never('an app asks for other hosts by their own names'),
        clusterIPs: never(leadsAway),
        healthCheckNodePort: never('the cluster chooses it'),
      },
    },
    { required: ['ports'] },
  ),
})
