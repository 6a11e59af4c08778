import { visible } from './visible.ts'

const csi = '\x1b['
/** Terminals that know synchronized output show a redraw at once; the others ignore it. */
const [beginUpdate, endUpdate] = [`${csi}?2026h`, `${csi}?2026l`]

/** A block of lines that is redrawn in place. */
export interface Screen {
  draw(lines: string[]): void
  /** Leaves the block where it is; what is written next stands below. */
  release(): void
}

/** Only lines that differ are written, so nothing flickers. */
export function createScreen(out: { write(text: string): unknown }): Screen {
  let shown: string[] = []

  function draw(lines: string[]) {
    const height = Math.max(lines.length, shown.length)
    const moves = Array.from({ length: height }, (_, index) => drawLine(lines[index], shown[index]))
    const surplus = height - lines.length
    const up = shown.length > 0 ? `${csi}${shown.length}A` : ''
    out.write(`${beginUpdate}${up}${moves.join('')}${surplus > 0 ? `${csi}${surplus}A` : ''}${endUpdate}`)
    shown = lines
  }

  function release() {
    shown = []
  }

  return { draw, release }
}

function drawLine(next: string | undefined, shown: string | undefined): string {
  return next === shown ? '\n' : `\r${visible(next ?? '')}${csi}K\n`
}
