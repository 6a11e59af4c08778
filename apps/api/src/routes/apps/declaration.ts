import { admitSpec, refuseForeign, refuseLoosened } from '@stevedore/admission'
import type { AppSpec } from '@stevedore/contract'
import type { putApp, TokenRecord } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { canSee, isServerWide } from '../../reach.ts'
import type { Call } from '../../route.ts'

type Declaration = Parameters<typeof putApp>[1]

/** Who administers the server says where its registries and metrics are; who administers an app, only what it may use of that. */
export function admitDeclared({ ledger, config }: ApiContext, token: TokenRecord, spec: AppSpec): Promise<void> {
  return admitSpec(ledger, { ...config, vouch: isServerWide(token) }, spec)
}

/** What a caller asks for, to be judged against what stands once that can no longer change. */
export function toDeclaration({ token, by }: Pick<Call, 'token' | 'by'>, spec: AppSpec): Declaration {
  const vouch = isServerWide(token)
  const judge = (old: AppSpec | undefined) => (vouch ? undefined : refuseLoosened(old, spec))
  return {
    ...{ spec, judge, vouch, by },
    mayOpen: vouch,
    refuse: (denied) => throwIfAny(refuseForeign(spec.app, denied, (app) => canSee(token, { app, environment: null }))),
  }
}

function throwIfAny(refusal: Error | undefined): void {
  if (refusal) throw refusal
}
