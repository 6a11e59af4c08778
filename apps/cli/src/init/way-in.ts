import { type Draft, leaveToPerson, readSetting, settingPath, takeSetting } from './draft.ts'

export interface MainPort {
  /** Of the container. */
  port: number
  /** Of the machine, where something names one. */
  published?: number | undefined
  /** It is meant for the machine alone: a proxy stands in front of it. */
  isLocal?: boolean
  /** `EXPOSE 3000 in Dockerfile` */
  from: string
}

/** Ports of the machine that apps of one run have, so that no two get the same. */
export type UsedPorts = Set<number>

/** Stevedore itself is at 7070. */
export function createUsedPorts(): UsedPorts {
  return new Set([7_070])
}

/** What the app listens on, and how people come to it. */
export function takeMainPort(draft: Draft, { port, published, isLocal, from }: MainPort, used: UsedPorts): void {
  takeSetting(draft, ['containerPort'], port, from)
  if (draft.engine === 'kubernetes') {
    askForIngress(draft)
    return
  }
  if (isLocal) {
    askForName(draft)
    return
  }
  const chosen = choosePort(published ?? port, used)
  const why = chosen === published ? from : whyAnother(published)
  takeSetting(draft, ['port'], chosen, why)
  leaveToPerson(
    draft,
    settingPath(draft, 'port'),
    `People come in by this port of the machine. By a name instead: \`host: ${draft.app}.example.com\` in its place.`,
  )
}

function askForIngress(draft: Draft): void {
  const text = `Nothing leads in from outside the cluster yet: \`ingress: { host: ${draft.app}.example.com }\`.`
  leaveToPerson(draft, settingPath(draft, 'containerPort'), text)
}

/** A port of the machine would be open to all. */
function askForName(draft: Draft): void {
  const text = `Its port is for this machine alone there. Its way in here is a name: \`host: ${draft.app}.example.com\`; or \`port: …\`, open to all.`
  leaveToPerson(draft, settingPath(draft, 'containerPort'), text)
}

function whyAnother(published: number | undefined): string {
  if (published === undefined) return 'chosen here'
  return published < 1_024 ? `chosen here: ${published} is below 1024` : `chosen here: ${published} is taken`
}

/** Below 1024 none is given out. */
export function choosePort(wanted: number, used: UsedPorts): number {
  let port = wanted < 1_024 ? wanted + 8_000 : wanted
  while (used.has(port)) port = port < 65_535 ? port + 1 : 1_024
  used.add(port)
  return port
}

/** Where nothing tells of a port. */
export function askForPort(draft: Draft): void {
  if (readSetting(draft, 'manifests') !== undefined) return
  const text =
    'Nothing names a port, so this is taken for a worker to which nothing leads. If it listens: `containerPort: 3000`, and `port: 3000` or `host: …` for the way in.'
  leaveToPerson(draft, settingPath(draft), text)
}
