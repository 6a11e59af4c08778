import { hostname } from 'node:os'
import type { TestCluster } from './cluster.ts'

const hostLabel = 'stevedore.io/tests-host'
const processLabel = 'stevedore.io/tests-process'
const host = hostname().slice(0, 63)

/** Makes a namespace of the process that asks: what a killed one leaves in it would run on, and slow every later run. */
export async function createTestNamespace({ kubectl }: TestCluster, name: string): Promise<void> {
  const labels = { [hostLabel]: host, [processLabel]: String(process.pid) }
  await kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  )
}

/** Has those removed whose process, on this machine, was killed. @returns their names */
export async function removeForsakenNamespaces({ kubectl }: TestCluster): Promise<string[]> {
  const { items } = JSON.parse(await kubectl(['get', 'namespaces', '--selector', `${hostLabel}=${host}`, '-o', 'json']))
  const forsaken = (items as Namespace[])
    .filter(({ metadata, status }) => status.phase === 'Active' && !isAlive(Number(metadata.labels[processLabel])))
    .map(({ metadata }) => metadata.name)
  if (forsaken.length > 0) await kubectl(['delete', 'namespaces', ...forsaken, '--wait=false'])
  return forsaken
}

interface Namespace {
  metadata: { name: string; labels: Record<string, string> }
  status: { phase: 'Active' | 'Terminating' }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
