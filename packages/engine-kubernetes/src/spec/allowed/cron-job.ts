import { podTemplate } from './deployment.ts'
import { describe, seconds } from './describe.ts'
import { metadata, metadataTable, podMetadataTable } from './metadata.ts'
import { fields, flag, never, number, only, shaped } from './rule.ts'

/** What is made of it has its name and a number behind. */
const cronName = shaped('a name of at most 52 letters, digits and dashes', /^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/)

const jobSpec = fields(
  {
    title: 'Spec of a Job',
    rows: {
      template: podTemplate,
      backoffLimit: number(0, 100),
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: seconds,
      parallelism: number(0, 100),
      completions: number(1, 1_000),
      completionMode: only('NonIndexed', 'Indexed'),
      suspend: flag,
      selector: never('the cluster chooses it'),
      manualSelector: never('the cluster chooses it'),
    },
  },
  { required: ['template'] },
)
const jobTemplate = fields(
  { title: 'Template of Jobs', rows: { metadata: fields(podMetadataTable), spec: jobSpec } },
  { required: ['spec'] },
)

export const cronJobTable = describe('CronJob', ['batch/v1', 'batch/v1beta1'], {
  metadata: metadata({ title: 'Metadata of a CronJob', rows: { ...metadataTable.rows, name: cronName } }),
  spec: fields(
    {
      title: 'Spec of a CronJob',
      rows: {
        schedule: shaped('a time in the manner of cron', /^[A-Za-z0-9*@][A-Za-z0-9*@/, -]{0,99}$/),
        timeZone: shaped('a time zone', /^[A-Za-z0-9_+/-]{1,100}$/),
        concurrencyPolicy: only('Allow', 'Forbid', 'Replace'),
        suspend: flag,
        startingDeadlineSeconds: seconds,
        successfulJobsHistoryLimit: number(0, 100),
        failedJobsHistoryLimit: number(0, 100),
        jobTemplate,
      },
    },
    { required: ['schedule', 'jobTemplate'] },
  ),
})
