import { type Component, findProgram } from './component.ts'

/** What a script has at hand. */
export const socatComponent: Component = {
  name: 'socat',
  found: findProgram('socat') !== undefined,
  bring: 'apt-get install socat',
}

export const curlComponent: Component = {
  name: 'curl',
  found: findProgram('curl') !== undefined,
  bring: 'apt-get install curl',
}
