/** What one step of a build may take. */
export interface BuildLimits {
  memoryBytes: number
  cpus: number
  processes: number
}

/** The container that builds run in. */
export interface BuilderSettings {
  /** `contained`: nowhere else; `auto`: in the engine's own builder where a container cannot be had, which the job is told. */
  mode: 'contained' | 'auto'
  /** The container's name, and its volume's. */
  name: string
  /** Has `dockerd`, `docker`, `runc`, `iptables` and a shell, as `docker:dind` does. */
  image: string
  limits: BuildLimits
  /** IPv4 networks that builds may reach although they are private, such as `10.1.2.0/24`. */
  networks: readonly string[]
}

/** What an engine's machine has. */
export interface Machine {
  memoryBytes: number
  cpus: number
}

/** How many steps at their limits all builds of an engine may amount to. */
const stepsAtLimits = 2
/** Of the machine's memory; the rest is left to apps. */
const share = 0.75
/** The builder's own. */
const ownProcesses = 1_024

/** The limits of all builds of an engine together; one step's never go beyond them. */
export function limitTogether(limits: BuildLimits, machine: Machine): BuildLimits {
  return {
    memoryBytes: Math.floor(Math.min(limits.memoryBytes * stepsAtLimits, machine.memoryBytes * share)),
    cpus: Math.min(limits.cpus * stepsAtLimits, machine.cpus),
    processes: limits.processes * stepsAtLimits + ownProcesses,
  }
}
