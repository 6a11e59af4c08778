import type { ListedApp, TokenView } from '@stevedore/contract'
import { roles } from '@stevedore/contract/words'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { icon } from '../../parts/icon.ts'
import { nameScope, readPlace, viewPlaceChoice } from './place-choice.ts'

const means: Record<TokenView['role'], string> = {
  viewer: 'looks',
  deployer: 'looks and deploys',
  approver: 'looks and approves',
  admin: 'may all',
}

export function openCreateToken(apps: readonly ListedApp[]): void {
  openDialog({
    title: 'Create a token',
    confirm: 'Create',
    body: () => html`
      <label class="field"><span>Name</span><input name="name" required maxlength="100" autocomplete="off" placeholder="ann-laptop" /></label>
      <label class="field">
        <span>Role</span>
        <select name="role">${roles.map((role) => html`<option value=${role}>${role}: ${means[role]}</option>`)}</select>
      </label>
      ${viewPlaceChoice(apps, { everywhere: true })}
      <label class="field">
        <span>Person</span><input name="person" maxlength="100" autocomplete="off" placeholder="ann" />
        <small>Whose it is, where the name does not say it: nobody approves what they asked for by another token.</small>
      </label>
      <label class="field">
        <span>Expires in</span><input name="expiresIn" autocomplete="off" placeholder="90d" pattern="[1-9][0-9]{0,5}[smhd]" />
        <small>A number and s, m, h or d. Without it the token holds until it is revoked.</small>
      </label>`,
    async run(form) {
      const made = await ask('createToken', { body: readToken(form) })
      showToken(made)
    },
  })
}

export function readToken(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const role = roles.find((one) => one === text('role')) ?? 'viewer'
  const [person, expiresIn] = [text('person'), text('expiresIn')]
  return { name: text('name'), role, ...readPlace(form), ...(person && { person }), ...(expiresIn && { expiresIn }) }
}

/** The one time that it is seen: it is nowhere else on the page, and gone with the dialog. */
function showToken({ token, name, role, app, environment }: TokenView & { token: string }): void {
  let isCopied = false
  const copy = async (event: Event) => {
    const field = (event.currentTarget as Element).parentElement?.querySelector('input')
    field?.select()
    // Where the page came without TLS there is no clipboard, but what is selected can be copied by key.
    isCopied =
      (await navigator.clipboard?.writeText(token).then(
        () => true,
        () => false,
      )) ?? false
    say(isCopied ? 'The token is copied.' : 'The token is selected: copy it with the keyboard.')
  }
  openDialog({
    title: `The token ${name}`,
    body: () => html`
      <p><strong>It is shown this once.</strong> Keep it now: only its hash is stored. It is ${role === 'admin' ? 'an' : 'a'} ${role} for ${nameScope({ app, environment })}.</p>
      <div class="copied">
        <input readonly aria-label="The token" .value=${token} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
        <button type="button" @click=${copy}>${icon(isCopied ? 'check' : 'copy')}Copy</button>
      </div>
      <p class="dim">For the command line: <code>export STEVEDORE_TOKEN=…</code></p>`,
  })
}

export function openRevoke(token: TokenView, isOwn: boolean): void {
  openDialog({
    title: `Revoke the token ${token.name}`,
    confirm: 'Revoke',
    isDangerous: true,
    body: (): TemplateResult => html`
      <p>Whoever uses the ${token.role} token <strong>${token.name}</strong> of ${token.person} is refused from now on, and its open pages and streams end within seconds.</p>
      ${isOwn ? html`<p><strong>You are signed in with it:</strong> you are signed out.</p>` : nothing}`,
    async run() {
      await ask('revokeToken', { params: { id: token.id } })
      say(`The token ${token.name} is revoked.`)
    },
  })
}
