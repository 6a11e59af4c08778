/** What BuildKit's plain progress tells, line by line. */
export interface PlainProgress {
  /** Takes a line; gives what a person should read of it, or undefined. */
  take(line: string): string | undefined
  /** From 0 to 1, never falling. */
  fraction(): number
  /** What went wrong, for `explainBuildFailure`. */
  trouble(): { errors: string[]; lastLines: string[] }
}

interface Vertex {
  title: string
  isStep: boolean
  done: boolean
  lastLines: string[]
}

const keptLines = 20
/** The export and the writing of the image come after the last step. */
const stepsShare = 0.95

/** @param steps how many steps the Dockerfile has for the target: the client names those of a stage only when it gets there */
export function followPlainProgress(steps: number): PlainProgress {
  const vertices = new Map<string, Vertex>()
  const errors: string[] = []
  let current: Vertex | undefined
  let summary = false

  function take(line: string): string | undefined {
    const [, id, text = ''] = /^#(\d+) (.*)$/.exec(line) ?? []
    if (id === undefined) return takeSummary(line)
    if (/^sha256:[0-9a-f]{64}( |$)/.test(text)) return undefined
    const vertex = vertices.get(id) ?? openVertex(text)
    if (!vertices.has(id)) vertices.set(id, vertex)
    else takeVertexLine(vertex, text)
    return line
  }

  function takeVertexLine(vertex: Vertex, text: string): void {
    if (/^(DONE|CACHED)\b/.test(text)) vertex.done = true
    const error = /^ERROR:? (.*)$/.exec(text)?.[1]
    if (error) {
      errors.push(`${vertex.title}: ${error}`)
      current = vertex
    }
    const output = /^\d+\.\d+ (.*)$/.exec(text)?.[1]
    if (output !== undefined) vertex.lastLines = [...vertex.lastLines.slice(1 - keptLines), output]
  }

  /** After the steps the client repeats the failed one between rulers, then gives its reason. */
  function takeSummary(line: string): string | undefined {
    if (/^-{6,}$/.test(line)) summary = true
    else if (/^(ERROR: )?(failed to |executor failed|error |rpc error|Error |Cannot connect)/.test(line))
      errors.push(line)
    return line.trim() === '' || summary ? undefined : line
  }

  return {
    take,
    fraction() {
      const done = [...vertices.values()].filter((vertex) => vertex.isStep && vertex.done).length
      return Math.min(done / Math.max(steps, 1), 1) * stepsShare
    },
    trouble: () => ({ errors, lastLines: current?.lastLines ?? [] }),
  }
}

function openVertex(title: string): Vertex {
  return { title, isStep: /^\[(\S+ )?\d+\/\d+\] /.test(title), done: false, lastLines: [] }
}
