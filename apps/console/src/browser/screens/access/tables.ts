import type { CertificateView, GrantView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { linkApp, nameActor } from '../../parts/job.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'

export function viewGrants(grants: readonly GrantView[], nowMs: number): TemplateResult {
  return viewTable<GrantView>({
    caption: 'Which app has what',
    rows: grants,
    columns: [
      { word: 'Has', kind: 'name', cell: ({ kind, name }) => html`${kind} <code>${name}</code>` },
      { word: 'App', cell: ({ app }) => (app === '*' ? 'every app' : html`<a href=${linkApp(app)}>${app}</a>`) },
      { word: 'Cluster', cell: ({ context }) => context ?? nothing },
      { word: 'Access', cell: ({ access }) => (access === 'read' ? 'builds from it' : 'has it') },
      { word: 'By', cell: ({ cause, grantedBy }) => html`${nameActor(grantedBy)} <span class="dim">${cause}</span>` },
      { word: 'Since', cell: ({ grantedAt }) => viewAge(grantedAt, nowMs) },
    ],
    empty: viewEmpty(
      'No app has anything yet: an app gets what its spec names first.',
      'stevedore grant repository REGISTRY/NAME --app APP',
    ),
  })
}

export function viewCertificates(certificates: readonly CertificateView[], nowMs: number): TemplateResult {
  return viewTable<CertificateView>({
    caption: 'Certificates of the proxies',
    rows: certificates,
    columns: [
      { word: 'Certificate', kind: 'name', cell: ({ name }) => name },
      { word: 'Serves', cell: ({ dnsNames }) => dnsNames.join(', ') },
      { word: 'Expires', cell: ({ expiresAt }) => html`${viewExpiry(expiresAt, nowMs)} ${viewAge(expiresAt, nowMs)}` },
      {
        word: 'Fingerprint',
        cell: ({ fingerprint }) => html`<code title=${fingerprint}>${fingerprint.slice(0, 17)}…</code>`,
      },
      { word: 'By', cell: ({ putBy, putAt }) => html`${nameActor(putBy)}, ${viewAge(putAt, nowMs)}` },
      { word: 'Refused', cell: ({ refusal }) => refusal ?? nothing },
    ],
    empty: viewEmpty(
      'No certificate is stored.',
      'stevedore certificate put NAME --cert fullchain.pem --key privkey.pem',
    ),
  })
}

const soonMs = 21 * 86_400_000

/** Only what is near its end, or past it, is worth a mark. */
export function viewExpiry(expiresAt: string | null, nowMs: number): TemplateResult | typeof nothing {
  if (expiresAt === null) return nothing
  const leftMs = Date.parse(expiresAt) - nowMs
  if (leftMs <= 0) return viewBadge('bad', 'circle-x', 'expired')
  return leftMs < soonMs ? viewBadge('wait', 'hourglass', 'soon') : nothing
}
