import type { EngineMessage } from './messages.ts'

/** Hands a fraction on only when it has risen by a hundredth or reached the end: output comes in thousands of lines. */
export function reportRises(report: (fraction: number) => void): (fraction: number) => void {
  let last = 0
  return (fraction) => {
    if (fraction < last + 0.01 && !(fraction === 1 && last < 1)) return
    last = fraction
    report(fraction)
  }
}

interface Layer {
  sent: number
  total: number
  done: boolean
}

const ended = new Set(['Pushed', 'Layer already exists', 'Pull complete', 'Already exists', 'Download complete'])

/** Follows the layers of a push by their bytes; those whose size is not known yet count as one byte. */
export function createLayerProgress() {
  const layers = new Map<string, Layer>()
  let highest = 0
  return {
    /** Gives a line for a person when a layer or the whole moved on to another state, and nothing for mere bytes. */
    take(message: EngineMessage): string | undefined {
      const { id, status } = message
      if (!status || !id) return status
      const layer = advance(layers.get(id), message)
      layers.set(id, layer)
      return layer.done ? `${id}: ${status}` : undefined
    },
    /** From 0 to 1, never falling: sizes become known on the way. */
    fraction(): number {
      highest = Math.max(highest, shareSent([...layers.values()]))
      return highest
    },
  }
}

function advance(
  { sent, total, done }: Layer = { sent: 0, total: 1, done: false },
  { status = '', progressDetail }: EngineMessage,
): Layer {
  const known = Math.max(progressDetail?.total ?? 0, total)
  return { sent: Math.min(progressDetail?.current ?? sent, known), total: known, done: done || ended.has(status) }
}

function shareSent(layers: Layer[]): number {
  const total = layers.reduce((sum, layer) => sum + layer.total, 0)
  const sent = layers.reduce((sum, layer) => sum + (layer.done ? layer.total : layer.sent), 0)
  return total === 0 ? 0 : sent / total
}
