import { toRefusal } from './api/problem.ts'
import { reload } from './router.ts'
import type { Dialog } from './state.ts'
import { state, update } from './store.ts'

export function openDialog(dialog: Dialog): void {
  update({ dialog })
}

export function closeDialog(): void {
  update({ dialog: undefined })
}

/** Says what has been done, to the eye and to who listens. */
export function say(notice: string): void {
  update({ notice })
  setTimeout(() => state.notice === notice && update({ notice: '' }), noticeMs)
}

const noticeMs = 8_000

/** Does what the open dialog asks; what is refused is told in it, and it stays open. */
export async function confirmDialog(form: FormData): Promise<void> {
  const { dialog } = state
  if (!dialog?.run || dialog.isBusy) return
  update({ dialog: { ...dialog, isBusy: true, refusal: undefined } })
  try {
    await dialog.run(form)
    // What was done may have opened another.
    if (state.dialog?.isBusy) closeDialog()
    void reload()
  } catch (error) {
    if (state.dialog) update({ dialog: { ...dialog, isBusy: false, refusal: toRefusal(error) } })
  }
}
