import type { JobView } from '@stevedore/contract'
import { nothing, type TemplateResult } from 'lit-html'
import { viewJobState } from './badge.ts'
import { nameActor, nameSubject, viewJobLink } from './job.ts'
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
      { word: 'Of what', cell: (job) => nameSubject(job) || nothing },
      { word: 'State', cell: viewJobState },
      { word: 'Asked by', cell: ({ requestedBy }) => nameActor(requestedBy) },
      { word: 'Asked', cell: ({ createdAt }) => viewAge(createdAt, nowMs) },
    ],
    ...(empty ? { empty } : {}),
  })
}
