import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderFiles } from './render-k8s/render-files.ts'

/** Writes what is made of other files below k8s: `npm run k8s:render`. A test holds them equal. */
for (const [path, text] of renderFiles()) await writeFile(join(import.meta.dirname, '..', path), text)
