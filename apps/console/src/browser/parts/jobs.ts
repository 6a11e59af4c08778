import type { JobView } from '@stevedore/contract'
import type { TemplateResult } from 'lit-html'
import { viewJobState } from './badge.ts'
import { nameActor, viewJobLink } from './job.ts'
import { viewTable } from './table.ts'
import { viewAge } from './time.ts'

interface Jobs {
  caption: string
  jobs: readonly JobView[]
  nowMs: number
  empty?: TemplateResult
}

export function viewJobs({ caption, jobs, nowMs, empty }: Jobs): TemplateResult {
  return viewTable<JobView>({
    caption,
    rows: jobs,
    columns: [
      { word: 'Job', kind: 'name', cell: viewJobLink },
      { word: 'State', cell: viewJobState },
      { word: 'Asked by', cell: ({ requestedBy }) => nameActor(requestedBy) },
      { word: 'Asked', cell: ({ createdAt }) => viewAge(createdAt, nowMs) },
    ],
    ...(empty ? { empty } : {}),
  })
}
