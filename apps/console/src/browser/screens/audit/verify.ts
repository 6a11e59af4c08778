import type { AuditVerification } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask } from '../../api/client.ts'
import type { Refusal } from '../../api/problem.ts'
import { toRefusal } from '../../api/problem.ts'
import { viewFacts } from '../../parts/facts.ts'
import { icon } from '../../parts/icon.ts'
import { viewRefusal } from '../../parts/problem.ts'
import { viewAge } from '../../parts/time.ts'
import type { State } from '../../state.ts'
import { redraw } from '../../store.ts'
import type { Audit } from './load.ts'

interface Verified {
  at: string
  result?: AuditVerification
  refusal?: Refusal
}

/** Of this tab: the server recomputes the chain whenever it is asked, and keeps nothing of it. */
let last: Verified | undefined
let isBusy = false

async function verify(): Promise<void> {
  isBusy = true
  redraw()
  const done = await ask('verifyAudit', {}).then(
    (result) => ({ result }),
    (error) => ({ refusal: toRefusal(error) }),
  )
  last = { at: new Date().toISOString(), ...done }
  isBusy = false
  redraw()
}

/** Whether the chain holds, for who may ask: it is recomputed from its first entry. */
export function viewChain({ me, nowMs }: State, { guard }: Audit): TemplateResult | typeof nothing {
  if (!me?.server) return nothing
  return html`<section class="card" aria-labelledby="chain">
    <header class="page-head">
      <h2 id="chain">The chain</h2>
      <button ?disabled=${isBusy} @click=${() => void verify()}>${icon('shield-check')}${isBusy ? 'Recomputing …' : 'Verify'}</button>
    </header>
    <div role="status">${viewVerdict(last, nowMs)}</div>
    ${viewFacts([
      ['Head', last?.result ? html`<code>${last.result.head}</code>` : nothing],
      ['Checkpoints', viewCheckpoints(last?.result, nowMs)],
      ['Guard', viewGuard(guard)],
    ])}
  </section>`
}

function viewVerdict(verified: Verified | undefined, nowMs: number): TemplateResult {
  if (!verified) return html`<p class="dim">Not verified since this page was opened.</p>`
  const { at, result, refusal } = verified
  if (refusal || !result) return html`${refusal ? viewRefusal(refusal) : nothing}`
  if (result.ok)
    return html`<p class="verdict good">${icon('circle-check')}<span>All ${result.entries} entries hold, verified ${viewAge(at, nowMs)}.</span></p>`
  const { firstBroken, checkpoints } = result
  const reason = firstBroken
    ? `Entry ${firstBroken.seq} does not hold: ${firstBroken.reason}`
    : (checkpoints?.fault ?? 'The checkpoints do not agree with it.')
  return html`<p class="verdict bad">${icon('triangle-alert')}<span>The trail was changed. ${reason} Verified ${viewAge(at, nowMs)}. What to do stands in docs/runbooks/audit-broken.md.</span></p>`
}

function viewCheckpoints(result: AuditVerification | undefined, nowMs: number): TemplateResult | typeof nothing {
  if (!result) return nothing
  const { checkpoints } = result
  if (!checkpoints) return html`<span class="dim">none are kept: STEVEDORE_AUDIT_CHECKPOINTS</span>`
  const { kept, latest, fault } = checkpoints
  return html`${kept} kept${latest ? html`, the latest of entry ${latest.seq}, ${viewAge(latest.at, nowMs)}` : nothing}${fault ? html`. ${fault}` : nothing}`
}

function viewGuard(guard: Audit['guard']): TemplateResult | typeof nothing {
  if (!guard) return nothing
  return guard.may.length === 0
    ? html`the database keeps the trail from the service itself (<code>${guard.role}</code>)`
    : html`${icon('triangle-alert')} the service could change it as <code>${guard.role}</code>: ${guard.may.join(', ')}`
}
