import { isUtf8 } from 'node:buffer'
import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { listFiles, type PlacedFile } from '@stevedore/contract'
import { markContent, nameFileKey } from '@stevedore/engine'
import type { Manifest, ManifestOf, ObjectOfKind } from '../client/kinds.ts'
import { keys, objectLabels } from './labels.ts'
import { nameObjects } from './names.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'

/** Its own for each revision, so that what runs beside it, or is returned to, has what it came with. */
export function nameFiles(place: KubernetesPlace, revision: number): string {
  return `${nameObjects(place).main}-files-r${revision}`
}

/** The ConfigMap with a release's files; none for one without. */
export function buildFiles(release: KubernetesRelease): ManifestOf<'ConfigMap'>[] {
  const all = listFiles(release.settings)
  if (all.length === 0) return []
  const { revision, settings } = release
  const [texts, others] = [all.filter(({ content }) => isUtf8(content)), all.filter(({ content }) => !isUtf8(content))]
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: nameFiles(release, revision),
        namespace: settings.namespace,
        labels: { ...objectLabels(release), [keys.revision]: String(revision) },
        annotations: { [keys.files]: JSON.stringify(markFiles(all)) },
      },
      ...(texts.length > 0 ? { data: encodeAll(texts, 'utf8') } : {}),
      ...(others.length > 0 ? { binaryData: encodeAll(others, 'base64') } : {}),
    },
  ]
}

function encodeAll(all: PlacedFile[], encoding: BufferEncoding): Record<string, string> {
  return Object.fromEntries(all.map((file) => [nameFileKey(file), file.content.toString(encoding)]))
}

function markFiles(all: PlacedFile[]): Record<string, string> {
  return Object.fromEntries(all.map(({ path, content }) => [path, markContent(content)]))
}

/** By their paths, what the files were when they were written. */
export function readFileMarks({ metadata }: Pick<Manifest, 'metadata'>): [path: string, mark: string][] {
  return Object.entries(JSON.parse(metadata.annotations?.[keys.files] ?? '{}') as Record<string, string>)
}

/** The same of what they hold now; undefined for one that is gone. */
export function markFound(
  { data, binaryData }: Pick<ObjectOfKind['ConfigMap'], 'data' | 'binaryData'>,
  path: string,
): string | undefined {
  const key = nameFileKey({ path })
  const [text, base64] = [data?.[key], binaryData?.[key]]
  if (text !== undefined) return markContent(Buffer.from(text))
  return base64 === undefined ? undefined : markContent(Buffer.from(base64, 'base64'))
}

export function holdsFiles({ metadata }: Pick<Manifest, 'metadata'>): boolean {
  return metadata.annotations?.[keys.files] !== undefined
}

const volumeName = 'files'

/** The only thing that every revision has another of: in a comparison of two it tells nothing. */
export const namesFiles = /\bvolumes\[files\]\.configMap\.name$/

export function buildFileVolumes(release: KubernetesRelease): V1Volume[] {
  const items = listFiles(release.settings).map((file) => {
    return { key: nameFileKey(file), path: nameFileKey(file), mode: Number.parseInt(file.mode, 8) }
  })
  return items.length > 0
    ? [{ name: volumeName, configMap: { name: nameFiles(release, release.revision), items } }]
    : []
}

/** Each at its own path, so that what the image has beside it stays. */
export function buildFileMounts({ settings }: Pick<KubernetesPlace, 'settings'>): V1VolumeMount[] {
  return listFiles(settings).map((file) => {
    return { name: volumeName, mountPath: file.path, subPath: nameFileKey(file), readOnly: true }
  })
}
