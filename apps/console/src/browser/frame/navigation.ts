import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../parts/icon.ts'
import { screens } from '../routes.ts'
import type { State } from '../state.ts'
import { update } from '../store.ts'
import { openKeys } from './keys.ts'

/** What there is to see, and who looks. On a narrow screen it is behind a button. */
export function viewNavigation(state: State): TemplateResult {
  return html`<header class="side">
    <a class="brand" href="/console">${icon('anchor')}<span>Stevedore</span></a>
    <button
      class="menu quiet"
      aria-expanded=${state.isMenuOpen}
      aria-controls="menu"
      @click=${() => update({ isMenuOpen: !state.isMenuOpen })}
    >
      ${icon('menu')}<span class="unseen">Menu</span>
    </button>
    <div id="menu" class=${state.isMenuOpen ? 'open' : ''}>
      <nav aria-label="Console">
        <ul>
          ${screens.map(({ entry, path, name }) => (entry ? viewEntry({ ...entry, path, isHere: name === state.loaded.screen }) : nothing))}
        </ul>
      </nav>
      ${viewPerson(state)}
    </div>
  </header>`
}

interface Entry {
  word: string
  icon: Parameters<typeof icon>[0]
  path: string
  isHere: boolean
}

function viewEntry({ word, icon: drawing, path, isHere }: Entry): TemplateResult {
  return html`<li><a href=${path} aria-current=${isHere ? 'page' : 'false'}>${icon(drawing)}<span>${word}</span></a></li>`
}

function viewPerson({ me }: State): TemplateResult {
  return html`<div class="person">
    <button class="quiet" @click=${openKeys}>${icon('keyboard')}<span>Keys</span> <kbd>?</kbd></button>
    ${
      me
        ? html`<p>${me.token.person}<br /><span class="dim">${me.token.role}${nameScope(me.token)}</span></p>
            <form method="post" action="/sign-out">
              <button class="quiet">${icon('log-out')}<span>Sign out</span></button>
            </form>`
        : nothing
    }
  </div>`
}

function nameScope({ app, environment }: { app: string | null; environment: string | null }): string {
  if (app === null) return ''
  return environment === null ? ` of ${app}` : ` of ${app} ${environment}`
}
