import { describe, seconds } from './describe.ts'
import { podMetadataTable } from './metadata.ts'
import { templateLabels } from './own.ts'
import { podTable } from './pod.ts'
import { countOrPercent, fields, never, number, only, onlyBut } from './rule.ts'

const selector = fields(
  {
    title: 'Selector of a Deployment',
    rows: { matchLabels: templateLabels, matchExpressions: never('name `matchLabels`') },
  },
  { required: ['matchLabels'] },
)
const rollingUpdate = fields({
  title: 'Rolling update',
  rows: { maxSurge: countOrPercent, maxUnavailable: countOrPercent },
})
export const podTemplate = fields(
  {
    title: 'Template of pods',
    rows: { metadata: fields(podMetadataTable), spec: fields(podTable, { required: ['containers'] }) },
  },
  { required: ['spec'] },
)

export const deploymentTable = describe('Deployment', ['apps/v1'], {
  spec: fields(
    {
      title: 'Spec of a Deployment',
      rows: {
        replicas: number(0, 1_000),
        selector,
        strategy: fields({
          title: 'Strategy of a Deployment',
          rows: { type: only('RollingUpdate', 'Recreate'), rollingUpdate },
        }),
        minReadySeconds: seconds,
        revisionHistoryLimit: seconds,
        progressDeadlineSeconds: seconds,
        paused: onlyBut('a deploy would wait without end', false),
        template: podTemplate,
      },
    },
    { required: ['selector', 'template'] },
  ),
})
