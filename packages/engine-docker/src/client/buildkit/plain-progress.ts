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

interface Output {
  vertices: Map<string, Vertex>
  errors: string[]
  /** The client's own last words, for where none of them is of a known form. */
  words: string[]
  /** What ran last: a build that is cut off has no failed one. */
  last: Vertex | undefined
  failed: Vertex | undefined
  /** After the steps the client repeats the failed one between rulers, then gives its reason. */
  isSummary: boolean
}

/** @param steps how many steps the Dockerfile has for the target: the client names those of a stage only when it gets there */
export function followPlainProgress(steps: number): PlainProgress {
  const output: Output = {
    vertices: new Map(),
    ...{ errors: [], words: [], last: undefined, failed: undefined, isSummary: false },
  }
  return {
    take: (line) => takeLine(output, line),
    fraction: () => shareDone(output, steps),
    trouble: () => ({
      errors: output.errors.length > 0 ? output.errors : output.words,
      lastLines: (output.failed ?? output.last)?.lastLines ?? [],
    }),
  }
}

/** A line of a vertex begins with its number; its first is its title. */
function takeLine(output: Output, line: string): string | undefined {
  const [, id, text = ''] = /^#(\d+) (.*)$/.exec(line) ?? []
  if (id === undefined) return takeSummary(output, line)
  if (/^sha256:[0-9a-f]{64}( |$)/.test(text)) return undefined
  const vertex = output.vertices.get(id)
  if (vertex) takeVertexLine(output, vertex, text)
  else output.vertices.set(id, openVertex(text))
  return line
}

function openVertex(title: string): Vertex {
  return { title, isStep: /^\[(\S+ )?\d+\/\d+\] /.test(title), done: false, lastLines: [] }
}

function takeVertexLine(output: Output, vertex: Vertex, text: string): void {
  if (/^(DONE|CACHED)\b/.test(text)) vertex.done = true
  const error = /^ERROR:? (.*)$/.exec(text)?.[1]
  if (error) {
    output.errors.push(`${vertex.title}: ${error}`)
    output.failed = vertex
  }
  const printed = /^\d+\.\d+ (.*)$/.exec(text)?.[1]
  if (printed === undefined) return
  vertex.lastLines = [...vertex.lastLines.slice(1 - keptLines), printed]
  output.last = vertex
}

function takeSummary(output: Output, line: string): string | undefined {
  if (/^-{6,}$/.test(line)) output.isSummary = true
  else if (/^(ERROR: )?(failed to |executor failed|error |rpc error|Error |Cannot connect)/.test(line))
    output.errors.push(line)
  else if (!output.isSummary && line.trim() !== '') output.words = [...output.words.slice(-4), line]
  return line.trim() === '' || output.isSummary ? undefined : line
}

function shareDone({ vertices }: Output, steps: number): number {
  const done = [...vertices.values()].filter((vertex) => vertex.isStep && vertex.done).length
  return Math.min(done / Math.max(steps, 1), 1) * stepsShare
}
