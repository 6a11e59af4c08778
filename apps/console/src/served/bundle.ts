import { readFile } from 'node:fs/promises'
import type * as Compiler from 'esbuild'
import { entryPoint, stylesheets } from './folders.ts'

/** What the page loads, each in one piece: either it has arrived or it has not. */
export interface Bundle {
  script: string
  style: string
}

/** The first browsers that know `light-dark()`, of spring 2024. */
const target = ['chrome123', 'firefox120', 'safari17.5']

/** Puts the console together for a browser. Its compiler is a process of its own, which is not needed afterwards. */
export async function bundleConsole(): Promise<Bundle> {
  const compiler = await import('esbuild')
  try {
    const [script, style] = await Promise.all([bundleScript(compiler), bundleStyle(compiler)])
    return { script, style }
  } finally {
    await compiler.stop()
  }
}

async function bundleScript({ build }: typeof Compiler): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    format: 'esm',
    target,
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}

async function bundleStyle({ transform }: typeof Compiler): Promise<string> {
  const texts = await Promise.all(stylesheets.map((file) => readFile(file, 'utf8')))
  const { code } = await transform(texts.join('\n'), { loader: 'css', minify: true, target, logLevel: 'silent' })
  return code
}
