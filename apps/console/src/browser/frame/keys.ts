import { html } from 'lit-html'
import { openDialog } from '../dialogs.ts'
import { go } from '../router.ts'
import { screens } from '../routes.ts'
import { state } from '../store.ts'

/** `?` tells the keys; `g` and another goes somewhere; `/` goes to the search of the page. What is typed into a field is left alone. */
export function listenToKeys(): void {
  let isSecond = false
  document.addEventListener('keydown', (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || isDialogOpen()) return
    if (event.key === '?') openKeys()
    else if (event.key === '/') focusSearch(event)
    else if (isSecond) goByKey(event.key)
    isSecond = event.key === 'g' && !isSecond
  })
}

/** A dialog that has been closed hears of it a task later: keys that come before that are the page's again. */
function isDialogOpen(): boolean {
  return state.dialog !== undefined && document.querySelector('dialog')?.open !== false
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null
}

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>('input[type=search]')
  if (!search) return
  event.preventDefault()
  search.focus()
}

function goByKey(key: string): void {
  const screen = screens.find(({ entry }) => entry?.key === key)
  if (screen) go(screen.path)
}

export function openKeys(): void {
  const entries = screens.flatMap(({ entry }) => (entry ? [entry] : []))
  openDialog({
    title: 'Keys',
    body: () => html`<dl class="keys">
      ${entries.map(({ key, word }) => html`<div><dt><kbd>g</kbd> <kbd>${key}</kbd></dt><dd>${word}</dd></div>`)}
      <div><dt><kbd>/</kbd></dt><dd>search on this page</dd></div>
      <div><dt><kbd>?</kbd></dt><dd>this list</dd></div>
      <div><dt><kbd>Esc</kbd></dt><dd>close what is open</dd></div>
    </dl>`,
  })
}
