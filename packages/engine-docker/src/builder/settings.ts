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
/** What the builder's own engine has beside what is built. */
const own = { memoryBytes: 2 ** 29, processes: 1_024 }

export interface SharedLimits {
  /** Of the container. */
  all: BuildLimits
  /** Of all steps together. */
  steps: BuildLimits
  /** Of one. */
  step: BuildLimits
}

/** What is for whom; no step has more than all together, nor they what the builder's engine needs. */
export function shareLimits(limits: BuildLimits, machine: Machine): SharedLimits {
  const spare = Math.floor(machine.memoryBytes * share)
  const cpus = Math.min(limits.cpus * stepsAtLimits, machine.cpus)
  const steps = {
    memoryBytes: Math.min(limits.memoryBytes * stepsAtLimits, Math.max(spare - own.memoryBytes, own.memoryBytes)),
    cpus,
    processes: limits.processes * stepsAtLimits,
  }
  const all = {
    memoryBytes: steps.memoryBytes + own.memoryBytes,
    cpus,
    processes: steps.processes + own.processes,
  }
  return { all, steps, step: { ...limits, memoryBytes: Math.min(limits.memoryBytes, steps.memoryBytes) } }
}
