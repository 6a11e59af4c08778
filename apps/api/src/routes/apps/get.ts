import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const getAppRoute = defineRoute(operations.getApp, {
  async handle({ subject: app, reply }) {
    reply.header('etag', app.etag)
    return viewApp(app)
  },
})
