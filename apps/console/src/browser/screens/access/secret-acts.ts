import type { ListedApp, SecretView } from '@stevedore/contract'
import { html } from 'lit-html'
import { ask } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { nameScope, readPlace, type Scope, viewPlaceChoice } from './place-choice.ts'

interface SetSecret {
  apps: readonly ListedApp[]
  /** Whether one for all apps may be stored. */
  everywhere: boolean
  /** The one whose value is replaced. */
  old?: SecretView
}

/** The value is typed in and goes to the server; it is never asked for again. */
export function openSetSecret({ apps, everywhere, old }: SetSecret): void {
  openDialog({
    title: old ? `Another value for ${old.name}` : 'Store a secret',
    confirm: 'Store',
    body: () => html`
      ${
        old
          ? html`<p>Stored for ${nameScope(old)}. What runs keeps the value that it has: the next deploy takes the new one.</p>`
          : html`<label class="field"><span>Name</span><input name="name" required maxlength="128" autocomplete="off" placeholder="DATABASE_URL" pattern="[A-Za-z_][A-Za-z0-9_]*" /></label>
              ${viewPlaceChoice(apps, { everywhere })}`
      }
      <label class="field">
        <span>Value</span><textarea name="value" required rows="3" autocomplete="off" spellcheck="false"></textarea>
        <small>To the letter, with its line breaks. It is never shown again.</small>
      </label>
      <label class="field">
        <span>Hosts</span><input name="hosts" autocomplete="off" .value=${old?.hosts?.join(', ') ?? ''} placeholder="ghcr.io" />
        <small>As a credential, where it may be sent; with commas between. Without, as before, or where the specs that name it send it.</small>
      </label>`,
    async run(form) {
      const name = old?.name ?? String(form.get('name') ?? '').trim()
      const { fingerprint } = await ask('putSecret', {
        params: { name },
        query: old ? toScope(old) : readPlace(form),
        body: readSecret(form),
      })
      say(`${name} is stored, with the fingerprint ${fingerprint}.`)
    },
  })
}

/** A form ends lines with CR LF, whatever was typed. */
export function readSecret(form: FormData): { value: string; hosts?: string[] } {
  const value = String(form.get('value') ?? '').replaceAll('\r\n', '\n')
  const hosts = String(form.get('hosts') ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter(Boolean)
  return { value, ...(hosts.length > 0 && { hosts }) }
}

function toScope({ app, environment }: SecretView): Scope {
  return { ...(app && { app }), ...(environment && { environment }) }
}

export function openRemoveSecret(secret: SecretView): void {
  openDialog({
    title: `Remove ${secret.name}`,
    confirm: 'Remove',
    isDangerous: true,
    body: () => html`
      <p>The value of <strong>${secret.name}</strong> for <strong>${nameScope(secret)}</strong> is forgotten.</p>
      <p>Replicas that run with it keep it until the next deploy, and what they print of it is not masked any more.</p>`,
    async run() {
      await ask('removeSecret', { params: { name: secret.name }, query: toScope(secret) })
      say(`${secret.name} is removed.`)
    },
  })
}
