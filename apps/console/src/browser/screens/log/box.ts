import { html, nothing, type TemplateResult } from 'lit-html'
import { ref } from 'lit-html/directives/ref.js'
import type { Place } from '../../state.ts'
import { redraw } from '../../store.ts'
import { splitColours } from './colours.ts'
import { type LogData, type LogModel, listMarks, searchOn } from './model.ts'
import { chooseWindow, keepPlace, scrollTo, type Window } from './window.ts'

/** The lines that are seen of a log, however many there are. Who scrolls to its end follows it; who scrolls away does not. */
export function viewBox(data: LogData, { path, query }: Place): TemplateResult {
  const { model } = data
  holdPlace(model)
  const shown = chooseWindow(model.output.count(), model.scrollPx, model.heightPx)
  const marked = new Map(listMarks(data.events).map(({ name, offset }) => [model.output.find(offset), name]))
  const named = Number(query.get('line')) - 1
  const rows = Array.from({ length: shown.end - shown.first }, (_, index) => shown.first + index)
  return html`<div
    class="log"
    tabindex="0"
    role="region"
    aria-label="Output"
    @scroll=${(event: Event) => heedScroll(event.target as HTMLElement, model)}
    ${ref((box) => afterDraw(box as HTMLElement | undefined, model, shown))}
  >
    <div class="log-whole">
      <div class="log-rows">${rows.map((line) => viewRow({ line, path, model, isNamed: line === named, step: marked.get(line) }))}</div>
    </div>
  </div>`
}

/** What is read stays where it is while more comes. */
function holdPlace(model: LogModel): void {
  const to = model.output.count()
  if (!model.isAtEnd) model.scrollPx = keepPlace(model.scrollPx, { from: model.drawn, to }, model.heightPx)
  model.drawn = to
}

interface Row {
  line: number
  path: string
  model: LogModel
  isNamed: boolean
  step: string | undefined
}

/** The number is drawn by the stylesheet, so that it is not copied along. */
function viewRow({ line, path, model, isNamed, step }: Row): TemplateResult {
  const look = [isNamed || line === model.current ? 'named' : '', step ? 'begins' : ''].filter(Boolean).join(' ')
  return html`<div class="row ${look}"><a
      href="${path}?line=${line + 1}" data-line=${line + 1} aria-label="Line ${line + 1}" tabindex="-1"
    ></a><span>${viewText(model, line)}</span>${step ? html`<span class="step-mark">${step}</span>` : nothing}</div>`
}

/** More of one line would hold the page up. */
const mostBytes = 10_000

function viewText({ output }: LogModel, line: number): TemplateResult {
  const text = output.read(line, mostBytes)
  if (text === undefined) return html`<span class="dim">not read yet</span>`
  const pieces = splitColours(text, output.look(line))
  // A letter is of four bytes at most.
  const isCut = text.length >= mostBytes / 4 && (output.read(line, mostBytes + 4)?.length ?? 0) > text.length
  return html`${pieces.map((piece) => (piece.look ? html`<span class=${piece.look}>${piece.text}</span>` : piece.text))}${
    isCut ? html`<span class="dim"> … the rest of this line is in the raw output</span>` : nothing
  }`
}

/** Half a line of slack: zoom makes fractions. */
const slackPx = 10

function heedScroll(box: HTMLElement, model: LogModel): void {
  model.scrollPx = box.scrollTop
  model.isAtEnd = box.scrollHeight - box.clientHeight - box.scrollTop < slackPx
  redraw()
}

/** Brings the box to where it should stand. What this changes is seen in the next frame. */
function afterDraw(box: HTMLElement | undefined, model: LogModel, shown: Window): void {
  if (!box) return
  if (!box.isConnected) {
    redraw()
    return
  }
  const whole = box.firstElementChild as HTMLElement
  const rows = whole.firstElementChild as HTMLElement
  whole.style.height = `${shown.wholePx}px`
  rows.style.transform = `translateY(${shown.topPx}px)`
  if (box.clientHeight !== model.heightPx && box.clientHeight > 0) {
    model.heightPx = box.clientHeight
    redraw()
    return
  }
  goToWanted(model)
  const wantedPx = model.isAtEnd ? shown.wholePx - model.heightPx : model.scrollPx
  if (Math.abs(box.scrollTop - wantedPx) >= 1 && wantedPx >= 0) box.scrollTop = wantedPx
  if (needsEarlier(model, shown)) model.readEarlier()
  if (searchOn(model)) redraw()
}

/** Whether somebody looks at what has not come, or for it. */
function needsEarlier(model: LogModel, { first }: Window): boolean {
  const { output, wanted, search, isAtEnd } = model
  if (model.isReadingEarlier || !output.gap()) return false
  return wanted !== undefined || search.text !== '' || (!isAtEnd && output.read(first) === undefined)
}

/** Once the line that an address names has come. */
function goToWanted(model: LogModel): void {
  const { wanted, output } = model
  if (!wanted) return
  const line = 'line' in wanted ? wanted.line : output.find(wanted.offset)
  const isThere = 'line' in wanted ? wanted.line < output.count() : line !== undefined && wanted.offset < output.size()
  if (!isThere && (!model.isComplete || output.gap())) return
  model.wanted = undefined
  jumpTo(model, Math.min(line ?? 0, output.count() - 1))
}

/** Shows this line in the middle, and marks it. */
export function jumpTo(model: LogModel, line: number): void {
  model.current = line
  model.isAtEnd = false
  model.scrollPx = scrollTo(line, model.output.count(), model.heightPx)
  redraw()
}
