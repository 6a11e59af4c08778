/** What an engine works on and that may be away: the worker's own Docker engine, a Docker host, a cluster. */
export interface Site {
  /** The same for all workers that know it: `docker`, `docker host east`, `kubernetes context live`. */
  name: string
  /** Resolves once it answers. Rejects with a FailureError when it does not, or when the signal ends. */
  ping(signal: AbortSignal): Promise<void>
}
