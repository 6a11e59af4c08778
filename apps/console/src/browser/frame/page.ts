import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../parts/icon.ts'
import { viewPageHead } from '../parts/page-head.ts'
import { viewRefusal } from '../parts/problem.ts'
import { formatAge, formatClock } from '../parts/time.ts'
import { reload } from '../router.ts'
import { screens } from '../routes.ts'
import type { State } from '../state.ts'
import { viewDialog } from './dialog.ts'
import { viewNavigation } from './navigation.ts'

/** The whole page. */
export function viewPage(state: State): TemplateResult {
  return html`
    <a class="skip" href="#main">To the content</a>
    ${viewNavigation(state)}
    <div class="content">
      ${viewBanner(state)}
      <main id="main" tabindex="-1">${viewMain(state)}</main>
    </div>
    <p class="notice" role="status" aria-live="polite">${state.notice}</p>
    ${viewDialog(state)}`
}

export function titlePage({ loaded }: State): string {
  const screen = screens.find(({ name }) => name === loaded.screen)
  return screen ? `${screen.title(loaded.place, loaded.data)} · Stevedore` : 'Stevedore'
}

/** Nothing old is shown as if it were of now. */
function viewBanner({ stream, nowMs, loaded }: State): TemplateResult {
  const isDown = stream.state === 'down'
  const since = loaded.loadedAtMs === null ? '' : ` What is shown is of ${formatClock(loaded.loadedAtMs)}.`
  return html`<div role="status" aria-live="polite">
    ${
      isDown
        ? html`<p class="banner">
            ${icon('unplug')}<span>
              No events from the server since ${formatClock(stream.sinceMs)}
              (<span aria-hidden="true">${formatAge(nowMs - stream.sinceMs)}</span>).${since} It is tried again by itself.
            </span>
          </p>`
        : nothing
    }
  </div>`
}

function viewMain(state: State): TemplateResult {
  const { loaded } = state
  const screen = screens.find(({ name }) => name === loaded.screen)
  if (!screen) return viewUnknown()
  const { place, data, refusal } = loaded
  if (data === undefined)
    return html`${viewPageHead({ title: screen.title(place, undefined) })}
      ${refusal ? html`${viewRefusal(refusal)}${viewRetry()}` : html`<p class="dim" aria-busy="true">Reading …</p>`}`
  return html`${refusal ? viewRefusal(refusal) : nothing}${screen.view({ state, place, data })}`
}

function viewRetry(): TemplateResult {
  return html`<button @click=${() => void reload()}>Try again</button>`
}

function viewUnknown(): TemplateResult {
  return html`${viewPageHead({ title: 'There is nothing at this address' })}
    <p><a href="/console">To the overview</a></p>`
}
