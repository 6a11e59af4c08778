import { describe, seconds } from './describe.ts'
import { ownDeployment, ownSelector } from './own.ts'
import {
  countOrPercent,
  fields,
  list,
  never,
  number,
  objectName,
  only,
  quantity,
  shortName,
  type Table,
} from './rule.ts'

export const disruptionBudgetTable = describe('PodDisruptionBudget', ['policy/v1', 'policy/v1beta1'], {
  spec: fields(
    {
      title: 'Spec of a PodDisruptionBudget',
      rows: {
        selector: ownSelector,
        minAvailable: countOrPercent,
        maxUnavailable: countOrPercent,
        unhealthyPodEvictionPolicy: only('IfHealthyBudget', 'AlwaysAllow'),
      },
    },
    { required: ['selector'] },
  ),
})

const percent = number(1, 10_000)
const target = fields({
  title: 'Target of a metric',
  rows: {
    type: only('Utilization', 'AverageValue', 'Value'),
    averageUtilization: percent,
    averageValue: quantity,
    value: quantity,
  },
})
const resource = only('cpu', 'memory')
const metric = fields({ title: 'Name of a metric', rows: { name: shortName } })
const metricTable: Table = {
  title: 'Metric',
  rows: {
    type: only('Resource', 'ContainerResource', 'Pods'),
    resource: fields({ title: 'Metric of the pods’ resources', rows: { name: resource, target } }),
    containerResource: fields({
      title: 'Metric of a container’s resources',
      rows: { name: resource, container: objectName, target },
    }),
    pods: fields({ title: 'Metric of the pods', rows: { metric, target } }),
    object: never('objects of others are not looked at: use `Pods`'),
    external: never('figures of others are not looked at: use `Pods`'),
  },
}

const scalingRules = fields({
  title: 'Rules of scaling',
  rows: {
    stabilizationWindowSeconds: number(0, 3_600),
    selectPolicy: only('Max', 'Min', 'Disabled'),
    tolerance: quantity,
    policies: list(
      fields({
        title: 'Policy of scaling',
        rows: { type: only('Pods', 'Percent'), value: seconds, periodSeconds: number(1, 1_800) },
      }),
    ),
  },
})

/** The spec's own autoscaler may have as many. */
const replicas = number(1, 1_000)

export const autoscalerTable = describe(
  'HorizontalPodAutoscaler',
  ['autoscaling/v2', 'autoscaling/v2beta2', 'autoscaling/v1'],
  {
    spec: fields(
      {
        title: 'Spec of a HorizontalPodAutoscaler',
        rows: {
          scaleTargetRef: fields(
            {
              title: 'What is scaled',
              rows: { apiVersion: only('apps/v1'), kind: only('Deployment'), name: ownDeployment },
            },
            { required: ['apiVersion', 'kind', 'name'] },
          ),
          minReplicas: replicas,
          maxReplicas: replicas,
          targetCPUUtilizationPercentage: percent,
          metrics: list(fields(metricTable)),
          behavior: fields({ title: 'Behaviour of scaling', rows: { scaleUp: scalingRules, scaleDown: scalingRules } }),
        },
      },
      { required: ['scaleTargetRef', 'maxReplicas'] },
    ),
  },
)
