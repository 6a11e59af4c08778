import { execa } from 'execa'

/** A command as it is to be started. */
export interface Command {
  path: string
  args: string[]
}

const tool = 'setpriv'
const flags = ['--pdeathsig', 'KILL', '--']
let works: Promise<boolean> | undefined

/**
 * Has the kernel end a command when this process is killed: a build that prints nothing would else go on without its worker, since an
 * engine ends it only when the client goes. Where there is no such tool (util-linux has it), the command is left as it is.
 */
export async function tieToWorker(command: Command, env: Record<string, string>): Promise<Command> {
  works ??= execa(tool, [...flags, 'true'], { env, extendEnv: false, reject: false }).then(
    ({ exitCode }) => exitCode === 0,
  )
  return (await works) ? { path: tool, args: [...flags, command.path, ...command.args] } : command
}
