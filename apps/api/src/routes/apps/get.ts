import { appName, appView } from '@stevedore/contract'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const getAppRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app',
  name: 'getApp',
  summary: 'An app and its spec, with all defaults filled in.',
  access: { right: 'read', reach: 'app' },
  params: z.object({ app: appName }),
  answers: { 200: appView },
  async handle({ subject: app, reply }) {
    reply.header('etag', app.etag)
    return viewApp(app)
  },
})
