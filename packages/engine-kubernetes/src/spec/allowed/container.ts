import { ownConfigMap, ownSecret } from './own.ts'
import {
  fields,
  flag,
  grantHint,
  isGranted,
  list,
  map,
  never,
  number,
  only,
  port,
  portOrName,
  protocol,
  quantity,
  shaped,
  shortName,
  showForeign,
  type Table,
  text,
  texts,
} from './rule.ts'
import { containerSecurityTable } from './security.ts'
import { fieldRef, resourceFieldRef } from './volumes.ts'

const own = 'it is the pod that is asked: leave it out'
const execTable: Table = { title: 'Command of a probe or hook', rows: { command: texts } }
const headerTable: Table = { title: 'Header of a probe or hook', rows: { name: shortName, value: text } }
const httpTable: Table = {
  title: 'Request of a probe or hook',
  rows: {
    path: shaped('a path', /^\/?[^\s\p{Cc}]*$/u),
    port: portOrName,
    scheme: only('HTTP', 'HTTPS'),
    httpHeaders: list(fields(headerTable)),
    host: never(own),
  },
}
const tcpTable: Table = { title: 'Connection of a probe', rows: { port: portOrName, host: never(own) } }
const exec = fields(execTable)
const httpGet = fields(httpTable)
const seconds = number(0, 2_147_483_647)

const probeTable: Table = {
  title: 'Probe',
  rows: {
    exec,
    httpGet,
    tcpSocket: fields(tcpTable),
    grpc: fields({ title: 'gRPC probe', rows: { port, service: text } }),
    initialDelaySeconds: seconds,
    periodSeconds: seconds,
    timeoutSeconds: seconds,
    successThreshold: seconds,
    failureThreshold: seconds,
    terminationGracePeriodSeconds: seconds,
  },
}
const hookTable: Table = {
  title: 'Hook',
  rows: {
    exec,
    httpGet,
    sleep: fields({ title: 'Sleep of a hook', rows: { seconds } }),
    tcpSocket: never('Kubernetes does nothing of it'),
  },
}
const hook = fields(hookTable)
const lifecycleTable: Table = {
  title: 'Lifecycle',
  rows: { preStop: hook, postStart: hook, stopSignal: shaped('a signal', /^SIG[A-Z0-9+-]{1,12}$/) },
}

const envTable: Table = {
  title: 'Environment variable',
  rows: {
    name: text,
    value: text,
    valueFrom: fields({
      title: 'Value of an environment variable',
      rows: {
        fieldRef,
        resourceFieldRef,
        configMapKeyRef: fields({
          title: 'Value of a ConfigMap',
          rows: { name: ownConfigMap, key: text, optional: flag },
        }),
        secretKeyRef: fields({ title: 'Value of a Secret', rows: { name: ownSecret, key: text, optional: flag } }),
      },
    }),
  },
}
const envFromTable: Table = {
  title: 'Environment of an object',
  rows: {
    prefix: text,
    configMapRef: fields({ title: 'Environment of a ConfigMap', rows: { name: ownConfigMap, optional: flag } }),
    secretRef: fields({ title: 'Environment of a Secret', rows: { name: ownSecret, optional: flag } }),
  },
}

const amounts = map('`cpu`, `memory`, `ephemeral-storage`; others by `resource:NAME`', (key, value, facts) => {
  if (!['cpu', 'memory', 'ephemeral-storage'].includes(key) && !isGranted(facts, `resource:${key}`))
    return `is not for manifests: leave it out, ${grantHint(`resource:${key}`)}`
  return quantity.judge(value, '', facts).length === 0 ? undefined : `may be a quantity, not ${showForeign(value)}`
})
const resourcesTable: Table = {
  title: 'Resources',
  rows: { requests: amounts, limits: amounts, claims: never('devices are the operator’s: `resource:NAME`') },
}

const portTable: Table = {
  title: 'Port of a container',
  rows: {
    name: portOrName,
    containerPort: port,
    protocol,
    hostPort: never('name a Service'),
    hostIP: never('name a Service'),
  },
}
const mountTable: Table = {
  title: 'Mount',
  rows: {
    name: shortName,
    mountPath: shaped('a path', /^[^:\p{Cc}]{1,1000}$/u),
    subPath: text,
    subPathExpr: text,
    readOnly: flag,
    recursiveReadOnly: only('Disabled', 'IfPossible', 'Enabled'),
    mountPropagation: only('None'),
  },
}

export const containerTable: Table = {
  title: 'Container',
  rows: {
    name: shortName,
    image: text,
    imagePullPolicy: only('Always', 'IfNotPresent', 'Never'),
    command: texts,
    args: texts,
    workingDir: text,
    env: list(fields(envTable)),
    envFrom: list(fields(envFromTable)),
    ports: list(fields(portTable)),
    resources: fields(resourcesTable),
    resizePolicy: list(
      fields({
        title: 'Resize policy',
        rows: { resourceName: only('cpu', 'memory'), restartPolicy: only('NotRequired', 'RestartContainer') },
      }),
    ),
    volumeMounts: list(fields(mountTable)),
    volumeDevices: never('mount a file system'),
    livenessProbe: fields(probeTable),
    readinessProbe: fields(probeTable),
    startupProbe: fields(probeTable),
    lifecycle: fields(lifecycleTable),
    securityContext: fields(containerSecurityTable),
    restartPolicy: only('Always'),
    stdin: flag,
    stdinOnce: flag,
    tty: flag,
    terminationMessagePath: text,
    terminationMessagePolicy: only('File', 'FallbackToLogsOnError'),
  },
}
