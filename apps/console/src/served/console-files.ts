import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { bundleConsole } from './bundle.ts'
import { renderPage, scriptPath, stylePath } from './page.ts'
import { readSprite } from './sprite.ts'

/** Something to send: as it is, and packed for those who take that. */
export interface ConsoleFile {
  mediaType: string
  /** By what it holds, in quotes. */
  etag: string
  plain: Buffer
  gzip: Buffer
  brotli: Buffer
}

/** All of the console. Nothing else is ever served of it: what a request names is looked up here. */
export interface ConsoleFiles {
  /** The one page, whatever address below `/console` was asked for. */
  page: ConsoleFile
  policy: string
  /** Of all files together; part of the address that they are loaded from, so that a browser may keep them for ever. */
  version: string
  /** By the path behind `/console/assets/VERSION/`. */
  assets: ReadonlyMap<string, ConsoleFile>
}

let reading: Promise<ConsoleFiles> | undefined

/** Bundles and packs it once for this process, when it is first asked for: an API that no browser comes to starts without. What failed is tried anew. */
export function readConsole(): Promise<ConsoleFiles> {
  reading ??= makeConsole().catch((error: unknown) => {
    reading = undefined
    throw error
  })
  return reading
}

async function makeConsole(): Promise<ConsoleFiles> {
  const [{ script, style }, sprite] = await Promise.all([bundleConsole(), readSprite()])
  const texts: [path: string, mediaType: string, text: string][] = [
    [scriptPath, 'text/javascript; charset=utf-8', script],
    [stylePath, 'text/css; charset=utf-8', style],
  ]
  const version = digest(texts.map(([path, , text]) => `${path}\n${text}`).join('\n')).slice(0, 16)
  const { html, policy } = renderPage({ root: `/console/assets/${version}`, sprite })
  const assets = await Promise.all(
    texts.map(async ([path, mediaType, text]) => [path, await pack(mediaType, text)] as const),
  )
  return { page: await pack('text/html; charset=utf-8', html), policy, version, assets: new Map(assets) }
}

const packBrotli = promisify(brotliCompress)
const packGzip = promisify(gzip)

/** 256 KiB, as much as any file has: by itself brotli takes 4 MiB for each, which costs more than all the packing. */
const windowBits = 18

async function pack(mediaType: string, text: string): Promise<ConsoleFile> {
  const plain = Buffer.from(text)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: windowBits }
  const [brotli, zipped] = await Promise.all([packBrotli(plain, { params }), packGzip(plain, { level: 9 })])
  return { mediaType, etag: `"${digest(text).slice(0, 32)}"`, plain, gzip: zipped, brotli }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
