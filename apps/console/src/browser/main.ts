import { render } from 'lit-html'
import { openLiveEvents } from './api/live.ts'
import { listenToKeys } from './frame/keys.ts'
import { titlePage, viewPage } from './frame/page.ts'
import { beginRouting, heed, heedAge, reload } from './router.ts'
import { screens } from './routes.ts'
import { drawWith, redraw, update } from './store.ts'

const root = document.querySelector<HTMLElement>('#console')!
root.replaceChildren()
// It has arrived: whatever is missing the next time is asked for soon again.
if (history.state?.timesLoaded) history.replaceState(null, '')
drawWith((current) => {
  render(viewPage(current), root)
  document.title = titlePage(current)
})
listenToKeys()
beginRouting(screens)
openLiveEvents({
  onOpen() {
    update({ stream: { state: 'open', sinceMs: Date.now() } })
    // What happened before the first stream was open is in no event, and of some things there is none: what was seen to run, who is at work.
    void reload()
  },
  onEvent: heed,
  onDown: (sinceMs) => update({ stream: { state: 'down', sinceMs } }),
})
// Ages grow by themselves.
setInterval(() => {
  redraw()
  heedAge()
}, 1_000)
