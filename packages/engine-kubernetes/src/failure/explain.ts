import { type AppLimits, FailureError } from '@stevedore/contract'
import { type Place, suggestSettings } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { askPod } from '../client/pod.ts'
import { listensByImage } from '../spec/lifecycle.ts'
import { explainMemory } from './explain-memory.ts'
import { readLastLines } from './last-lines.ts'
import type { Trouble } from './pod-trouble.ts'
import { listWarnings, tellWarnings } from './warnings.ts'

/**
 * A trouble with all that can be seen of it: what the probe answered, events and last lines. What serves meanwhile is whoever
 * asked for the deploy to say.
 * @param seen the pods that it may be about, and what they were made of
 */
export async function explainTrouble(
  reader: NamespaceReader,
  trouble: Trouble,
  { pods, settings }: Pick<Place, 'settings'> & { pods: readonly Pod[] },
): Promise<FailureError> {
  const pod = pods.find(({ metadata }) => metadata.name === trouble.pod)
  const [warnings, answer, lines] = await Promise.all([
    trouble.pod ? listWarnings(reader, pod?.metadata ?? { name: trouble.pod }) : [],
    trouble.code === 'never-healthy' && pod ? askProbe(reader, pod, trouble.container) : undefined,
    readOutput(reader, pod, trouble),
  ])
  const suggestion = suggestSettings(lines, settings)
  const cause = explainCause(trouble, { pod, settings, appLimits: reader.appLimits })
  const diagnosis = [
    describeTrouble(trouble),
    ...(answer ? [answer] : []),
    ...(cause ? [cause] : []),
    ...listUnder('events', tellWarnings(warnings)),
    ...listUnder('last lines', lines),
    ...(suggestion ? [suggestion] : []),
  ]
  return new FailureError(trouble.code, { diagnosis: diagnosis.join('\n') })
}

/** `pod shop-1: container web: exited with code 3` */
function describeTrouble({ pod, container, summary }: Trouble): string {
  return [...(pod ? [`pod ${pod}`] : []), ...(container ? [`container ${container}`] : []), summary].join(': ')
}

interface Explained {
  pod: Pod | undefined
  settings: Place['settings']
  appLimits: AppLimits
}

/** What of the settings it comes from. */
function explainCause({ code, container }: Trouble, { pod, ...known }: Explained): string | undefined {
  if (code === 'never-healthy') return explainAsked(known.settings)
  return code === 'resource-exceeded' && pod && container ? explainMemory(pod, container, known) : undefined
}

/** Where nothing in the spec says that it listens. */
function explainAsked(settings: Place['settings']): string | undefined {
  if (settings.engine !== 'kubernetes' || !listensByImage(settings)) return undefined
  const { containerPort } = settings
  return `its image EXPOSEs ${containerPort}, which must take connections; what works without a port begins by command or args`
}

function listUnder(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : []
}

async function readOutput(
  reader: NamespaceReader,
  pod: Pod | undefined,
  { container, output }: Trouble,
): Promise<string[]> {
  if (!pod || !container || !output) return []
  return readLastLines(reader, pod, { container, previous: output === 'previous' })
}

/** What the health path answers now, asked through the API's proxy; the kubelet's events tell only the status. */
async function askProbe(
  reader: NamespaceReader,
  { metadata, spec }: Pod,
  container: string | undefined,
): Promise<string | undefined> {
  const { readinessProbe, ports } = spec.containers.find(({ name }) => name === container) ?? {}
  const http = readinessProbe?.httpGet
  if (!http) return undefined
  const named = ports?.find(({ name }) => name === String(http.port))?.containerPort
  const path = http.path ?? '/'
  const { status, text } = await askPod(reader, { pod: metadata.name, port: named ?? Number(http.port), path })
  return `${path} answers ${status}${text ? `: ${text}` : ''}`
}
