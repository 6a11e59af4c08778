import { randomBytes } from 'node:crypto'
import apiReference from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { describeApi } from '../openapi.ts'
import type { AnyRoute } from '../route.ts'
import { describeSpecFile } from '../spec-schema.ts'

/** What is served here, for whoever asks which methods an address takes. */
export const docsUrls = ['/openapi.json', '/stevedore.schema.json', '/docs']

/** What the page's maker would show of itself: its services, its client, its name. */
const withoutVendor = {
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  favicon: 'data:,',
  customCss: '.darklight-reference a { display: none }',
} as const

/** `/openapi.json`, for editors the schema of a `stevedore.yaml`, and a page that shows the first at `/docs`. All that the page loads comes from here. */
export async function addDocs(app: FastifyInstance, routes: readonly AnyRoute[]): Promise<void> {
  // Made for the first who asks: most of the time that the API took to start went there.
  let document: ReturnType<typeof describeApi> | undefined
  let specFile: ReturnType<typeof describeSpecFile> | undefined
  const nonce = randomBytes(16).toString('base64')
  const policy =
    `default-src 'none'; script-src 'nonce-${nonce}' 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; ` +
    `img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'`

  await app.register(async (scope) => {
    scope.get('/openapi.json', async () => {
      document ??= describeApi(routes)
      return document
    })
    scope.get('/stevedore.schema.json', async () => {
      specFile ??= describeSpecFile()
      return specFile
    })
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('content-security-policy', policy)
    })
    await scope.register(apiReference, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        nonce,
        withDefaultFonts: false,
        telemetry: false,
        pageTitle: 'Stevedore API',
        authentication: { preferredSecurityScheme: 'token' },
        ...withoutVendor,
      },
    })
  })
}
