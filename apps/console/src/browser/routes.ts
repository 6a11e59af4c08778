import type { AnyScreen, Screen } from './screen.ts'
import { accessScreen } from './screens/access/screen.ts'
import { appScreen } from './screens/app/screen.ts'
import { approvalsScreen } from './screens/approvals/screen.ts'
import { auditScreen } from './screens/audit/screen.ts'
import { declareScreen } from './screens/declare/screen.ts'
import { environmentScreen } from './screens/environment/screen.ts'
import { jobScreen } from './screens/job/screen.ts'
import { logScreen } from './screens/log/screen.ts'
import { overviewScreen } from './screens/overview/screen.ts'
import { queueScreen } from './screens/queue/screen.ts'
import { systemScreen } from './screens/system/screen.ts'

/** Every screen by its name, in the order of the navigation. */
const table = {
  overview: overviewScreen,
  declare: declareScreen,
  app: appScreen,
  environment: environmentScreen,
  job: jobScreen,
  log: logScreen,
  queue: queueScreen,
  approvals: approvalsScreen,
  audit: auditScreen,
  access: accessScreen,
  system: systemScreen,
  // biome-ignore lint/suspicious/noExplicitAny: each screen has data of its own
} satisfies Record<string, Screen<any>>

export const screens: readonly AnyScreen[] = Object.entries(table).map(([name, screen]) => ({ name, ...screen }))
