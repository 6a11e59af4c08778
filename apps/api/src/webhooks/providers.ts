import type { IncomingHttpHeaders } from 'node:http'
import type { WebhookProvider } from '@stevedore/contract'
import { bitbucket } from './providers/bitbucket.ts'
import { generic } from './providers/generic.ts'
import { gitea } from './providers/gitea.ts'
import { github } from './providers/github.ts'
import { gitlab } from './providers/gitlab.ts'
import type { Provider } from './webhook.ts'

const providers: readonly Provider[] = [github, gitlab, gitea, bitbucket, generic]

/** A message dressed for two providers could be checked as one and read as the other. */
export function isAmbiguous(provider: Provider, headers: IncomingHttpHeaders): boolean {
  const own = [...provider.marks, ...(provider.alsoSends ?? [])]
  return providers.some(({ marks }) => marks.some((mark) => headers[mark] !== undefined && !own.includes(mark)))
}

/** Throws for a name that is none. */
export function findProvider(name: WebhookProvider): Provider {
  const provider = providers.find((known) => known.name === name)
  if (!provider) throw new Error(`no provider ${name}`)
  return provider
}
