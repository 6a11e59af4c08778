import { admitSpec, refuseForeign, refuseLoosened } from '@stevedore/admission'
import { type AppSpec, type Fault, operations, refuseFaults } from '@stevedore/contract'
import { putApp } from '@stevedore/ledger'
import { canSee, isServerWide } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewApp } from '../../views/app-view.ts'

export const putAppRoute = defineRoute(operations.putApp, {
  async handle({ context, params, body: spec, token, by, request, reply }) {
    if (spec.app !== params.app) throw refuseFaults([otherName(params.app)])
    // Who administers the server says where its registries and metrics are; who administers an app, only what it may use of that.
    const vouch = isServerWide(token)
    await admitSpec(context.ledger, { ...context.config, vouch }, spec)
    const judge = (old: AppSpec | undefined) => (vouch ? undefined : refuseLoosened(old, spec))
    const { app, created } = await putApp(context.ledger, {
      ...{ spec, ifMatch: request.headers['if-match'], judge, vouch, by },
      mayOpen: vouch,
      refuse: (denied) =>
        throwIfAny(refuseForeign(spec.app, denied, (app) => canSee(token, { app, environment: null }))),
    })
    return reply
      .code(created ? 201 : 200)
      .header('etag', app.etag)
      .header('location', `/v1/apps/${app.app}`)
      .send(viewApp(app))
  },
})

function throwIfAny(refusal: Error | undefined): void {
  if (refusal) throw refusal
}

function otherName(expected: string): Fault {
  return { path: ['app'], code: 'mismatch', message: `must be ${expected}, as in the address` }
}
