/** The stored secret, of the app, that its webhooks are signed with. */
export const webhookSecretName = 'WEBHOOK_SECRET'
