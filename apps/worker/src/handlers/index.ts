import type { Handlers } from '../attempt/run.ts'
import { build } from './build.ts'
import { deploy } from './deploy.ts'
import { execCommand } from './exec-command.ts'
import { push } from './push.ts'
import { rollback } from './rollback.ts'
import { runCommand } from './run-command.ts'

export const handlers: Handlers = {
  ...{ build, push, deploy, rollback },
  run: (run) => ('in' in run.job.resolved ? execCommand(run, run.job.resolved) : runCommand(run)),
}
