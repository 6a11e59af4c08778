import { type Fault, operations, refuseFaults } from '@stevedore/contract'
import { putApp } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'
import { admitDeclared, toDeclaration } from './declaration.ts'

export const putAppRoute = defineRoute(operations.putApp, {
  async handle({ context, params, body: spec, token, by, request, reply }) {
    if (spec.app !== params.app) throw refuseFaults([otherName(params.app)])
    await admitDeclared(context, token, spec)
    const ifMatch = request.headers['if-match']
    const { app, created } = await putApp(context.ledger, { ...toDeclaration({ token, by }, spec), ifMatch })
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
