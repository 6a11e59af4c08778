import { ask } from './api/client.ts'
import type { LiveEvent } from './api/live.ts'
import { toRefusal } from './api/problem.ts'
import { findScreen } from './find-screen.ts'
import type { AnyScreen } from './screen.ts'
import type { Loaded, Place } from './state.ts'
import { state, update } from './store.ts'

/** Given by the entry point: what screens do leads back to here. */
let screens: readonly AnyScreen[] = []
let reading: { place: Place; abort: AbortController; isOld: boolean } | undefined
let isDue = false

/** Several events of one moment are one reason to look again. */
const gatherMs = 250

function findOpen(): AnyScreen | undefined {
  return screens.find(({ name }) => name === state.loaded.screen)
}

/** Shows what the address says, now and whenever it changes. */
export function beginRouting(table: readonly AnyScreen[]): void {
  screens = table
  followLinks()
  window.addEventListener('popstate', () => show())
  show()
}

/** Goes to an address of the console; `replace` leaves no way back, for filters. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  show({ isMoved: !replace })
}

function show({ isMoved = true }: { isMoved?: boolean } = {}): void {
  const { pathname, search } = window.location
  const query = new URLSearchParams(search)
  const found = findScreen(screens, pathname, query)
  const place: Place = found?.place ?? { path: pathname, params: {}, query }
  const name = found?.screen.name ?? ''
  const isSame = name === state.loaded.screen && pathname === state.loaded.place.path
  const data = isSame ? state.loaded.data : undefined
  if (!isSame && state.loaded.data !== undefined) findOpen()?.leave?.(state.loaded.data)
  const loadedAtMs = isSame ? state.loaded.loadedAtMs : null
  update({ loaded: { screen: name, place, data, loadedAtMs, refusal: undefined }, isMenuOpen: false })
  if (isMoved && !isSame) beginPage()
  void reload()
}

function beginPage(): void {
  window.scrollTo(0, 0)
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  focusHeading()
}

/** A new page begins at its heading, for the eye and for who listens. */
function focusHeading(): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      // What somebody has chosen meanwhile is left alone.
      if (!document.activeElement || document.activeElement === document.body)
        document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
    }),
  )
}

/** Reads the open screen again. While it is being read, that is done once more behind it: events that keep coming hold nothing up. */
export async function reload(): Promise<void> {
  const screen = findOpen()
  if (!screen) return
  const { place } = state.loaded
  if (reading?.place === place) {
    reading.isOld = true
    return
  }
  reading?.abort.abort()
  const mine = { place, abort: new AbortController(), isOld: false }
  reading = mine
  const changes = await load(screen, place, mine.abort.signal).then(
    (data): Partial<Loaded> => ({ data, loadedAtMs: Date.now(), refusal: undefined }),
    (error): Partial<Loaded> => ({ refusal: toRefusal(error) }),
  )
  if (reading !== mine) return
  reading = undefined
  const isFirst = state.loaded.data === undefined
  update({ loaded: { ...state.loaded, ...changes } })
  if (isFirst) focusHeading()
  if (mine.isOld) void reload()
}

async function load(screen: AnyScreen, place: Place, signal: AbortSignal): Promise<unknown> {
  if (!state.me) update({ me: await ask('getMe', {}) })
  return screen.load(place, state, signal)
}

/** Reads the open screen again where that is due by its age alone; what was refused is asked again when the server is back. */
export function heedAge(): void {
  const { loadedAtMs, refusal } = state.loaded
  const oldAfterMs = findOpen()?.oldAfterMs
  if (oldAfterMs === undefined || loadedAtMs === null || refusal || reading || document.hidden) return
  if (Date.now() - loadedAtMs > oldAfterMs) void reload()
}

/** Reads the open screen again if this event makes it old. */
export function heed(event: LiveEvent): void {
  const { place, data } = state.loaded
  if (data === undefined || !findOpen()?.isTouchedBy(event, place, data) || isDue) return
  isDue = true
  setTimeout(() => {
    isDue = false
    void reload()
  }, gatherMs)
}

/** Follows links of the console without loading the page anew. */
function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    const link = (event.target as Element).closest('a')
    if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return
    if (!/^\/console(\/|$)/.test(link.pathname)) return
    // A place on the same page is the browser's to find.
    if (link.hash && link.pathname === window.location.pathname) return
    event.preventDefault()
    go(link.pathname + link.search + link.hash)
  })
}
