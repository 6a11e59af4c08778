import type { JobKind } from '@stevedore/contract'
import { build } from './build.ts'
import { deploy } from './deploy.ts'
import type { Handler } from './handler.ts'
import { push } from './push.ts'
import { rollback } from './rollback.ts'

/** A kind without a handler does not compile. */
export const handlers: Record<JobKind, Handler> = { build, push, deploy, rollback }
