/** One field of the form: what it is called, and where in the spec it writes. */
export interface Field {
  word: string
  path: readonly string[]
  hint?: string
  /** Its number is written as one; what is none is written as it is, and told by the server. */
  isNumber?: boolean
  sample?: string
}

export const appFields: readonly Field[] = [
  { word: 'Name', path: ['app'], sample: 'shop', hint: 'Small letters, digits and dashes.' },
  {
    word: 'Git repository',
    path: ['source', 'git'],
    sample: 'https://git.example.com/acme/shop.git',
    hint: 'What is built is fetched from it.',
  },
  { word: 'Branch, tag or commit', path: ['source', 'ref'], sample: 'main' },
  { word: 'Folder in the repository', path: ['source', 'path'], sample: '.', hint: 'The one with the Dockerfile.' },
  {
    word: 'Registry',
    path: ['image', 'registry'],
    sample: 'ghcr.io',
    hint: 'Empty: images stay on the engine that builds them, which is enough for one Docker host.',
  },
]

export const engines = ['docker', 'kubernetes'] as const
export type EngineName = (typeof engines)[number]

const everywhere: readonly Field[] = [
  { word: 'Replicas', path: ['replicas'], isNumber: true, sample: '1' },
  { word: 'Port of the app', path: ['containerPort'], isNumber: true, sample: '8080', hint: 'What it listens on.' },
  { word: 'Health path', path: ['health', 'path'], sample: '/health', hint: 'Answers 200 once the app can serve.' },
]

/** Of an environment; each path begins below it. */
export const environmentFields: Readonly<Record<EngineName, readonly Field[]>> = {
  docker: [
    { word: 'Port on the host', path: ['port'], isNumber: true, sample: '8081', hint: 'Where it answers; or' },
    { word: 'Host name', path: ['host'], sample: 'shop.example.com', hint: 'the name that leads to it.' },
    ...everywhere,
  ],
  kubernetes: [
    { word: 'Namespace', path: ['namespace'], sample: 'shop' },
    { word: 'Host name', path: ['ingress', 'host'], sample: 'shop.example.com' },
    ...everywhere,
  ],
}
