import { appName, appSpec, appView, type Fault } from '@stevedore/contract'
import { putApp } from '@stevedore/ledger'
import { z } from 'zod'
import { admitSpec } from '../../admission/admit-spec.ts'
import { refuseFaults } from '../../parse-input.ts'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const putAppRoute = defineRoute({
  method: 'PUT',
  url: '/v1/apps/:app',
  name: 'putApp',
  summary: 'Declare an app by its spec. Repeating it changes nothing.',
  access: { right: 'administer', reach: 'app-name' },
  params: z.object({ app: appName }),
  body: appSpec,
  headers: { 'If-Match': 'The ETag of the declaration that this replaces; 412 when it was replaced meanwhile.' },
  answers: { 200: appView, 201: appView },
  async handle({ edge, params, body: spec, by, request, reply }) {
    if (spec.app !== params.app) throw refuseFaults([otherName(params.app)])
    await admitSpec(edge, spec)
    const { app, created } = await putApp(edge.ledger, { spec, ifMatch: request.headers['if-match'], by })
    return reply
      .code(created ? 201 : 200)
      .header('etag', app.etag)
      .header('location', `/v1/apps/${app.app}`)
      .send(viewApp(app))
  },
})

function otherName(expected: string): Fault {
  return { path: ['app'], code: 'mismatch', message: `must be ${expected}, as in the address` }
}
