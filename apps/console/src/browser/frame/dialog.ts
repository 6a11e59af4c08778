import { html, nothing, type TemplateResult } from 'lit-html'
import { ref } from 'lit-html/directives/ref.js'
import { closeDialog, confirmDialog } from '../dialogs.ts'
import { viewRefusal } from '../parts/problem.ts'
import type { Dialog, State } from '../state.ts'

/** The dialog that is open: the browser's own, which keeps the focus and ends with Escape. */
export function viewDialog(state: State): TemplateResult | typeof nothing {
  const { dialog } = state
  if (!dialog) return nothing
  return html`<dialog aria-labelledby="dialog-title" ${ref(showModal)} @close=${closeDialog}>
    <form method="dialog" @submit=${(event: SubmitEvent) => submit(event, dialog)}>
      <h2 id="dialog-title">${dialog.title}</h2>
      <div class="dialog-body">${dialog.body(state)}</div>
      ${dialog.typed ? viewTyped(dialog.typed) : nothing}
      ${dialog.refusal ? viewRefusal(dialog.refusal) : nothing}
      <div class="dialog-acts">
        <button type="button" @click=${closeDialog}>${dialog.confirm ? 'Keep as it is' : 'Close'}</button>
        ${
          dialog.confirm
            ? html`<button class=${dialog.isDangerous ? 'danger' : 'primary'} ?disabled=${dialog.isBusy ?? false}>
                ${dialog.confirm}
              </button>`
            : nothing
        }
      </div>
    </form>
  </dialog>`
}

function viewTyped(typed: string): TemplateResult {
  return html`<label class="field">
    <span>Type <code>${typed}</code> to go on</span>
    <input name="typed" autocomplete="off" required @input=${(event: Event) => heedTyped(event, typed)} />
  </label>`
}

/** Nothing is done before it is typed to the letter. */
function heedTyped({ target }: Event, typed: string): void {
  const input = target as HTMLInputElement
  input.setCustomValidity(input.value === typed ? '' : `Type ${typed} to go on.`)
}

/** A moment later: only now it is made, and not yet part of the page. */
function showModal(element: Element | undefined): void {
  queueMicrotask(() => {
    if (element instanceof HTMLDialogElement && element.isConnected && !element.open) element.showModal()
  })
}

function submit(event: SubmitEvent, { run, typed }: Dialog): void {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement, event.submitter)
  if (typed !== undefined && form.get('typed') !== typed) return
  if (run) void confirmDialog(form)
  else closeDialog()
}
