/** What one look found. */
export interface Check {
  name: string
  /** `missing`: a thing that not every worker needs. */
  state: 'good' | 'bad' | 'missing'
  found: string
  remedy?: string | undefined
}

/** A look that breaks or takes too long is a fault of its own and holds no other up. */
export async function checkWithin(
  name: string,
  timeoutMs: number,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly Check[]>()
  const found = `nothing was found out within ${timeoutMs / 1_000} s`
  const remedy = 'look at the load of this machine, and at its network'
  const timer = setTimeout(() => resolve([{ name, state: 'bad', found, remedy }]), timeoutMs)
  const broken = (error: unknown): Check[] => [{ name, state: 'bad', found: describe(error) }]
  return Promise.race([look().catch(broken), late]).finally(() => clearTimeout(timer))
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
