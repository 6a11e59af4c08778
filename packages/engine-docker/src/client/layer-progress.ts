import type { EngineMessage } from './messages.ts'

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
    take({ id, status, progressDetail }: EngineMessage): string | undefined {
      if (!status || !id) return status
      const layer = layers.get(id) ?? { sent: 0, total: 1, done: false }
      layers.set(id, layer)
      layer.total = Math.max(progressDetail?.total ?? 0, layer.total)
      layer.sent = Math.min(progressDetail?.current ?? layer.sent, layer.total)
      layer.done ||= ended.has(status)
      return layer.done ? `${id}: ${status}` : undefined
    },
    /** From 0 to 1, never falling: sizes become known on the way. */
    fraction(): number {
      const all = [...layers.values()]
      const total = all.reduce((sum, layer) => sum + layer.total, 0)
      const sent = all.reduce((sum, layer) => sum + (layer.done ? layer.total : layer.sent), 0)
      highest = Math.max(highest, total === 0 ? 0 : sent / total)
      return highest
    },
  }
}
