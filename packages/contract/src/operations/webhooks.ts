import { z } from 'zod'
import { defineOperation } from './operation.ts'

/** The forges whose webhooks are understood; each has an address of its own. */
export const webhookProviders = ['github', 'gitlab', 'gitea', 'bitbucket', 'generic'] as const
export type WebhookProvider = (typeof webhookProviders)[number]

/** The stored secret, of the app, that its webhooks are signed with. */
export const webhookSecretName = 'WEBHOOK_SECRET'

/** What a forge is told of its delivery: the jobs that it started, or why none. */
export const deliveryView = z.object({
  status: z.enum(['started', 'ignored', 'duplicate']),
  jobs: z.array(z.uuid()),
  reasons: z.array(z.string()),
})
export type DeliveryView = z.output<typeof deliveryView>

/** Forges send some 25 MB at most, but a push of thousands of commits stays far below this. */
const limitBytes = 5 * 1_048_576

/** One address a provider, so that a webhook is never checked by a scheme that it chose itself. */
function receive(provider: WebhookProvider) {
  return defineOperation({
    method: 'POST',
    url: `/v1/webhooks/${provider}/:app`,
    summary: `Take a webhook of ${provider}, signed with the app’s secret ${webhookSecretName}, and start what the app’s triggers say.`,
    access: 'signature',
    params: z.object({ app: z.string() }),
    bodyAs: { kind: 'raw', limitBytes },
    answers: { 200: deliveryView },
  })
}

export const githubWebhook = receive('github')
export const gitlabWebhook = receive('gitlab')
export const giteaWebhook = receive('gitea')
export const bitbucketWebhook = receive('bitbucket')
export const genericWebhook = receive('generic')
