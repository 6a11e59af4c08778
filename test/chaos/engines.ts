import { createHash } from 'node:crypto'
import type { ImageEngine } from '@stevedore/engine'
import type { Ledger } from '@stevedore/ledger'
import type { Engines } from '@stevedore/worker'
import { type Act, createAct, reachEngine } from './act.ts'
import { createScriptedDeployEngine } from './deploy-engine.ts'
import type { Script } from './script.ts'

/** Engines without a vendor, whose effects are lines of the script: each is written directly behind its fence. */
export function createScriptedEngines(script: Script, ledger: Ledger): Engines {
  const act = createAct(script, ledger)
  const deploy = createScriptedDeployEngine(script, act)
  return { images: createScriptedImageEngine(script, act), deploy: { docker: deploy, kubernetes: deploy } }
}

/** An image of its own for each attempt, as real builds give with their dates. */
function createScriptedImageEngine(script: Script, act: Act): ImageEngine {
  return {
    site: { name: 'docker', ping: async () => reachEngine(script) },
    describe: async () => ({ buildkit: true, version: 'scripted' }),
    listStages: async () => [undefined],
    async build(_build, context) {
      const attempt = await act('build', 'built', context)
      return { imageId: digestOf(`${context.jobId} ${attempt}`), size: 1_024 }
    },
    tag: async () => {},
    scan: async () => Promise.reject(new Error('nothing of the script is scanned')),
    tidyScans: async () => {},
    async push({ imageId }, context) {
      await act('push', 'pushed', context)
      return { digest: imageId }
    },
    resolve: async () => undefined,
    readConfig: async () => undefined,
    remove: async () => {},
    reapBuild: async () => {},
  }
}

/** @param text `JOB ATTEMPT`: whose image it is */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
