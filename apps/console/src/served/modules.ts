import { readFile } from 'node:fs/promises'
import { findPackageJSON, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { browserFolder, entryPoint } from './folders.ts'

/** A module as a browser is given it. */
export interface Module {
  /** Below the root of the assets: `main.ts`, `lit-html/lit-html.js`. */
  path: string
  text: string
  /** How the others name it, where it is of a package. */
  specifier: string | undefined
  /** Loaded when it is needed, not with the page. */
  isLate: boolean
}

interface Import {
  specifier: string
  isLate: boolean
}

/** `from 'x'`, `import 'x'` and `import('x')`, in ours and in what a minifier left. */
const imports = /(?<!["'\w.])(?:from|import) ?(\(?)(["'])([^"'\n]{1,200})\2/g

/** What the console is made of: all that its entry point imports, by and by. */
export async function readModules(): Promise<Module[]> {
  const found = new Map<string, Module>()
  await visit(entryPoint, { specifier: undefined, isLate: false }, found)
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function visit(file: string, as: Pick<Module, 'specifier' | 'isLate'>, found: Map<string, Module>) {
  const known = found.get(file)
  if (known && (as.isLate || !known.isLate)) {
    known.specifier ??= as.specifier
    return
  }
  const text = known?.text ?? (await readModule(file))
  found.set(file, { path: nameAsset(file), text, ...as, specifier: as.specifier ?? known?.specifier })
  for (const { specifier, isLate } of listImports(text)) {
    const isOwn = specifier.startsWith('.')
    const target = isOwn ? join(dirname(file), specifier) : findPackageFile(specifier)
    await visit(target, { specifier: isOwn ? undefined : specifier, isLate: as.isLate || isLate }, found)
  }
}

async function readModule(file: string): Promise<string> {
  const text = await readFile(file, 'utf8')
  return shorten(file.endsWith('.ts') ? stripTypes(text) : text)
}

/** Node warns once that this may change; a release brings its own Node, and a test says that it does what is needed. */
function stripTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Comments that begin a line, the room that types left, and maps that are not served. What follows a comment on its last line stays. */
function shorten(text: string): string {
  let isComment = false
  const lines = text.split('\n').map((line) => {
    isComment ||= line.trimStart().startsWith('/**')
    if (!isComment) return line.trimEnd()
    const end = line.indexOf('*/')
    isComment = end === -1
    return isComment ? '' : line.slice(end + 2).trim()
  })
  return lines.filter((line) => line !== '' && !line.startsWith('//# sourceMappingURL')).join('\n')
}

function listImports(text: string): Import[] {
  return [...text.matchAll(imports)].map(([, late, , specifier = '']) => ({ specifier, isLate: late === '(' }))
}

/** The build for browsers lies beside those for Node and for who develops. */
function findPackageFile(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier)).replace(/\/lit-html\/(node\/)?(development\/)?/, '/lit-html/')
}

function nameAsset(file: string): string {
  const own = relative(browserFolder, file)
  if (!own.startsWith('..')) return own
  const manifest = findPackageJSON(pathToFileURL(file))
  if (manifest === undefined) throw new Error(`${file} is of no package`)
  const folder = dirname(manifest)
  const name = folder.slice(folder.lastIndexOf('/') + 1)
  return `${name}/${relative(folder, file)}`
}
