import { createState, type State } from './state.ts'

/** All that the page knows. Views are given it and change nothing of it; whoever does calls `update`. */
export const state: State = createState({ path: '', params: {}, query: new URLSearchParams() }, Date.now())

let draw: (() => void) | undefined
let isDue = false

/** Whom to call to draw the page. */
export function drawWith(render: (state: State) => void): void {
  draw = () => render(state)
  redraw()
}

export function update(changes: Partial<State>): void {
  Object.assign(state, changes)
  redraw()
}

/** How long a page that is not shown, which has no frames, is left undrawn. Its title stands in the tab. */
const hiddenMs = 200

/** However often this is called, the page is drawn once a frame. */
export function redraw(): void {
  if (isDue || !draw) return
  isDue = true
  const draws = () => {
    if (!isDue) return
    isDue = false
    state.nowMs = Date.now()
    draw?.()
  }
  requestAnimationFrame(draws)
  setTimeout(draws, hiddenMs)
}
