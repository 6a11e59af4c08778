import type { WorkContext } from '@stevedore/engine'
import { callEngine, statusOf } from '../failure/translate.ts'
import type { Host } from '../host.ts'

/** How long an app has between SIGTERM and SIGKILL. */
const stopSeconds = 10

export async function removeContainer({ docker }: Host, id: string, context: WorkContext): Promise<void> {
  await context.fence()
  await callEngine(() => docker.getContainer(id).remove({ force: true, v: true }).catch(ignoreAbsent))
}

/** Asks it to end, then ends it. A stop by hand also keeps Docker from restarting it. */
export async function stopContainer({ docker }: Host, id: string, context: WorkContext): Promise<void> {
  await context.fence()
  await callEngine(() => docker.getContainer(id).stop({ t: stopSeconds }).catch(ignoreAbsent))
}

/** 304: it does not run; 404: it is gone; 409: its removal is under way. */
function ignoreAbsent(error: unknown): void {
  if (![304, 404, 409].includes(statusOf(error) ?? 0)) throw error
}
