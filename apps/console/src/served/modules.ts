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
const imports = /(?<!["'\w.])(?:from\s*|import\s*(\(?)\s*)(["'])([^"'\n]+)\2/g

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

/** Comments that stand alone, the room that types left, and maps that are not served. */
function shorten(text: string): string {
  return text
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
    .replaceAll(/^\s*\/\*\*(?!\s*@license)[\s\S]*?\*\/\s*$/gm, '')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
}

function listImports(text: string): Import[] {
  return [...text.matchAll(imports)].map(([, late, , specifier = '']) => ({ specifier, isLate: late === '(' }))
}

/** The build for browsers lies beside the one for Node. */
function findPackageFile(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier)).replace('/lit-html/node/', '/lit-html/')
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
