import { ask } from './api/client.ts'
import type { LiveEvent } from './api/live.ts'
import { toRefusal } from './api/problem.ts'
import { findScreen, screens } from './routes.ts'
import type { AnyScreen } from './screen.ts'
import type { Loaded, Place } from './state.ts'
import { state, update } from './store.ts'

let reading: AbortController | undefined
let isDue = false

/** Several events of one moment are one reason to look again. */
const gatherMs = 250

export function openScreen(): AnyScreen | undefined {
  return screens.find(({ name }) => name === state.loaded.screen)
}

/** Goes to an address of the console; `replace` leaves no way back, for filters. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  show({ isMoved: !replace })
}

/** Shows what the address says. */
export function show({ isMoved = true }: { isMoved?: boolean } = {}): void {
  const { pathname, search } = window.location
  const query = new URLSearchParams(search)
  const found = findScreen(pathname, query)
  const place: Place = found?.place ?? { path: pathname, params: {}, query }
  const name = found?.screen.name ?? ''
  const isSame = name === state.loaded.screen && pathname === state.loaded.place.path
  const data = isSame ? state.loaded.data : undefined
  const loadedAtMs = isSame ? state.loaded.loadedAtMs : null
  update({ loaded: { screen: name, place, data, loadedAtMs, refusal: undefined }, isMenuOpen: false })
  if (isMoved && !isSame) focusHeading()
  void reload()
}

/** A new page begins at its heading, for the eye and for who listens. */
function focusHeading(): void {
  window.scrollTo(0, 0)
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus()))
}

/** Reads the open screen again. */
export async function reload(): Promise<void> {
  const screen = openScreen()
  if (!screen) return
  reading?.abort()
  reading = new AbortController()
  const { signal } = reading
  const { place } = state.loaded
  const changes = await load(screen, place, signal).then(
    (data): Partial<Loaded> => ({ data, loadedAtMs: Date.now(), refusal: undefined }),
    (error): Partial<Loaded> => ({ refusal: toRefusal(error) }),
  )
  if (!signal.aborted) update({ loaded: { ...state.loaded, ...changes } })
}

async function load(screen: AnyScreen, place: Place, signal: AbortSignal): Promise<unknown> {
  if (!state.me) update({ me: await ask('getMe', {}) })
  return screen.load(place, state, signal)
}

/** Reads the open screen again if this event makes it old. */
export function heed(event: LiveEvent): void {
  const { place, data } = state.loaded
  if (data === undefined || !openScreen()?.isTouchedBy(event, place, data) || isDue) return
  isDue = true
  setTimeout(() => {
    isDue = false
    void reload()
  }, gatherMs)
}

/** Follows links of the console without loading the page anew. */
export function followLinks(): void {
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
  window.addEventListener('popstate', () => show())
}
