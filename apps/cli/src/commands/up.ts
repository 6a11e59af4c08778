import type { Config } from '@stevedore/config'
import { Command } from 'commander'
import { parsePort } from '../arguments.ts'
import { loadConfig } from '../connect.ts'
import type { Running } from '../server/up.ts'

export function createUpCommand(): Command {
  return new Command('up')
    .description('run everything in one process: a database where DATABASE_URL names none, the API and a worker')
    .option('--port <port>', 'the port of the API, instead of PORT', parsePort)
    .action(async ({ port }: { port?: number }) => {
      const config = withPort(loadConfig(), port)
      const { keepFirstToken } = await import('../server/first-token.ts')
      const { startEverything } = await import('../server/up.ts')
      const { waitForSignal } = await import('../server/wait-for-signal.ts')
      const signal = waitForSignal()
      const running = await startEverything(config)
      announce(running)
      if (running.firstToken) await keepFirstToken(config.dataDir, running.firstToken)
      await signal
      console.log('Stopping; jobs that run may finish first. Once more ends at once.')
      await running.close()
    })
}

export function withPort(config: Config, port: number | undefined): Config {
  if (port === undefined) return config
  return { ...config, port, ...(config.isUrlGiven ? {} : { url: `http://127.0.0.1:${port}` }) }
}

function announce({ address, logFile }: Running): void {
  console.log(`Stevedore listens on ${address}`)
  console.log(`  API      ${address}/docs`)
  console.log(`  queues   ${address}/queues`)
  if (logFile) console.log(`  log      ${logFile}`)
}
