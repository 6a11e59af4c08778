import type { SecretView, TokenView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { type Column, viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { may, type State } from '../../state.ts'
import type { Access } from './load.ts'
import { nameScope } from './place-choice.ts'
import { openRemoveSecret, openSetSecret } from './secret-acts.ts'
import { viewCertificates, viewExpiry, viewGrants } from './tables.ts'
import { openCreateToken, openRevoke } from './token-acts.ts'

export function viewAccess({ state, data }: Seen<Access>): TemplateResult {
  const { tokens, grants, certificates } = data
  const { nowMs } = state
  return html`
    ${viewPageHead({ title: 'Access', about: 'Who can do what, and with what. No value of a secret is ever shown.' })}
    ${tokens === null ? viewOwnToken(state) : viewTokens(data, tokens, state)}
    ${viewSecrets(data, state)}
    <section aria-labelledby="grants">
      <h2 id="grants">Grants</h2>
      ${viewGrants(grants, nowMs)}
    </section>
    ${
      certificates
        ? html`<section aria-labelledby="certificates">
            <h2 id="certificates">Certificates</h2>
            ${viewCertificates(certificates, nowMs)}
          </section>`
        : nothing
    }`
}

/** Whom the others are none of, is told its own. */
function viewOwnToken({ me, nowMs }: State): TemplateResult {
  return html`<section aria-labelledby="tokens">
    <h2 id="tokens">Your token</h2>
    ${viewTable<TokenView>({ caption: 'Your token', rows: me ? [me.token] : [], key: ({ id }) => id, columns: listColumns(nowMs, me?.token.id) })}
    <p class="dim">Tokens are listed and made by an administrator of the whole server.</p>
  </section>`
}

function viewTokens({ apps }: Access, tokens: readonly TokenView[], { me, nowMs }: State): TemplateResult {
  return html`<section aria-labelledby="tokens">
    <header class="page-head">
      <h2 id="tokens">Tokens</h2>
      <button class="primary" @click=${() => openCreateToken(apps)}>${icon('plus')}Create a token</button>
    </header>
    ${viewTable<TokenView>({
      caption: 'Tokens that hold',
      rows: tokens,
      key: ({ id }) => id,
      columns: [
        ...listColumns(nowMs, me?.token.id),
        {
          word: 'Acts',
          kind: 'row-acts',
          cell: (token) =>
            html`<button class="quiet" aria-label=${`Revoke ${token.name}`} @click=${() => openRevoke(token, token.id === me?.token.id)}>
              ${icon('trash-2')}Revoke
            </button>`,
        },
      ],
      empty: viewEmpty('No token holds.', 'stevedore token create NAME --role viewer'),
    })}
  </section>`
}

function listColumns(nowMs: number, ownId: string | undefined): Column<TokenView>[] {
  return [
    {
      word: 'Token',
      kind: 'name',
      cell: ({ id, name }) => html`${name} ${id === ownId ? viewBadge('quiet', 'circle-dot', 'yours, here') : nothing}`,
    },
    { word: 'Role', cell: ({ role }) => role },
    { word: 'Scope', cell: nameScope },
    { word: 'Person', cell: ({ person }) => person },
    { word: 'Last used', cell: ({ lastUsedAt }) => viewAge(lastUsedAt, nowMs) },
    { word: 'Made', cell: ({ createdAt }) => viewAge(createdAt, nowMs) },
    {
      word: 'Expires',
      cell: ({ expiresAt }) =>
        expiresAt
          ? html`${viewAge(expiresAt, nowMs)} ${viewExpiry(expiresAt, nowMs)}`
          : html`<span class="dim">never</span>`,
    },
  ]
}

function viewSecrets({ secrets, apps }: Access, state: State): TemplateResult {
  const { nowMs, me } = state
  const mayChange = may(state, 'administer')
  const everywhere = me?.server ?? false
  return html`<section aria-labelledby="secrets">
    <header class="page-head">
      <h2 id="secrets">Secrets</h2>
      ${
        mayChange && (everywhere || apps.length > 0)
          ? html`<button @click=${() => openSetSecret({ apps, everywhere })}>${icon('plus')}Store a secret</button>`
          : nothing
      }
    </header>
    ${viewTable<SecretView>({
      caption: 'Stored secrets by their names',
      rows: secrets,
      key: ({ name, app, environment }) => `${app} ${environment} ${name}`,
      columns: [
        { word: 'Secret', kind: 'name', cell: ({ name }) => html`<code>${name}</code>` },
        { word: 'For', cell: nameScope },
        { word: 'Fingerprint', cell: ({ fingerprint }) => html`<code>${fingerprint}</code>` },
        { word: 'Version', kind: 'number', cell: ({ version }) => version },
        { word: 'Sent to', cell: ({ hosts }) => hosts?.join(', ') ?? html`<span class="dim">nobody yet</span>` },
        { word: 'Stored', cell: ({ updatedAt }) => viewAge(updatedAt, nowMs) },
        ...(mayChange
          ? [{ word: 'Acts', kind: 'row-acts' as const, cell: (one: SecretView) => viewSecretActs(one, everywhere) }]
          : []),
      ],
      empty: viewEmpty('No secret is stored.', 'stevedore secret set NAME --app APP'),
    })}
  </section>`
}

function viewSecretActs(secret: SecretView, everywhere: boolean): TemplateResult {
  const where = `${secret.name} for ${nameScope(secret)}`
  return html`
    <button class="quiet" aria-label=${`Replace ${where}`} @click=${() => openSetSecret({ apps: [], everywhere, old: secret })}>${icon('key-round')}Replace</button>
    <button class="quiet" aria-label=${`Remove ${where}`} @click=${() => openRemoveSecret(secret)}>${icon('trash-2')}Remove</button>`
}
