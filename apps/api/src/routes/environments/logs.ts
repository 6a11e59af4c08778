import { listProcesses, listServices, operations, ProblemError, suggest } from '@stevedore/contract'
import { findDeployed } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { streamEnvironmentLog } from '../../streams/environment-log.ts'
import { sendStream } from '../../streams/send-stream.ts'

export const environmentLogsRoute = defineRoute(operations.readEnvironmentLog, {
  unhurried: true,
  async handle(call) {
    const { context, params, query } = call
    const { follow, tail: tailLines, process } = query
    if (process !== undefined) await requireProcess(context, { ...params, process })
    const wanted = { ...params, follow, tailLines, process: process ?? null }
    return sendStream(call, 'text/plain; charset=utf-8', (signal) =>
      streamEnvironmentLog(context, { ...wanted, signal }),
    )
  },
})

/**
 * One that has just left the settings may still be ending: it is among those of the whole environment. Which Deployments manifests hold is
 * known to the cluster alone.
 */
async function requireProcess(
  { ledger }: ApiContext,
  { app, environment, process }: { app: string; environment: string; process: string },
): Promise<void> {
  const deployed = await findDeployed(ledger, { app, environment })
  if (deployed?.settings.engine === 'kubernetes' && deployed.settings.manifests !== undefined) return
  const beside = deployed ? [...listProcesses(deployed.settings), ...listServices(deployed.settings)] : []
  const names = ['web', ...beside.map(({ name }) => name)]
  if (names.includes(process)) return
  const near = suggest(process, names) || `; it has ${names.join(', ')}`
  throw new ProblemError('not-found', `${environment} of ${app} has no process or companion named ${process}${near}`)
}
