import { Command } from 'commander'
import { addServerOptions, connect, type ServerOptions } from '../connect.ts'
import type { Check } from '../doctor/check.ts'
import type { MachineOptions } from '../doctor/check-machine.ts'
import { CliError, exitStatus } from '../exit.ts'
import { print, printJson } from '../output.ts'
import { paint } from '../render/style.ts'

export function createDoctorCommand(): Command {
  return addServerOptions(new Command('doctor'))
    .description('check the server, the token and what a worker needs on this machine; say what to do')
    .option('--registry <repository>', 'push an image without content to HOST/NAME, under the tag stevedore-doctor')
    .option('--namespace <namespace>', 'look at each right that deploys take in a namespace of the cluster')
    .option('--context <context>', 'the kubeconfig context')
    .action(async ({ registry, namespace, context, ...options }: ServerOptions & MachineOptions) => {
      const { readConfig } = await import('@stevedore/config')
      const config = readConfig()
      const { checkMachine } = await import('../doctor/check-machine.ts')
      const { checkServer } = await import('../doctor/check-server.ts')
      const [server, machine] = await Promise.all([
        checkServer(await connect(options, config)),
        checkMachine(config, { registry, namespace, context }),
      ])
      const checks = [...server, ...machine]
      if (options.json) printJson(checks)
      else for (const check of checks) printCheck(check)
      if (checks.some((check) => check.state === 'bad')) throw new CliError(exitStatus.failed, '')
    })
}

const marks = { good: ['green', 'ok   '], missing: ['yellow', '-    '], bad: ['red', 'FAULT'] } as const

function printCheck({ name, state, found, remedy }: Check): void {
  const [colour, mark] = marks[state]
  print(`${paint(colour, mark)} ${name.padEnd(12)} ${found}`)
  if (remedy) print(`      ${''.padEnd(12)} ${remedy}`)
}
