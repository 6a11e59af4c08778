import { describe } from './describe.ts'
import { claimMetadataTable, metadata, metadataTable } from './metadata.ts'
import { isOwnAccount, ownClaim, ownConfigMap, ownSecret } from './own.ts'
import {
  fields,
  flag,
  list,
  map,
  never,
  number,
  objectName,
  only,
  quantity,
  type Rule,
  rule,
  shaped,
  showForeign,
  type Table,
  text,
} from './rule.ts'

const mode = number(0, 0o777)
const keyPathTable: Table = { title: 'Item of a volume', rows: { key: text, path: text, mode } }
const items = list(fields(keyPathTable))

const fieldRefTable: Table = {
  title: 'Field of the pod',
  rows: {
    apiVersion: only('v1'),
    fieldPath: shaped(
      '`metadata.name`, `.namespace`, `.uid`, `.labels`, `.annotations`, `spec.nodeName`, `spec.serviceAccountName`, `status.podIP`, `.podIPs`, `.hostIP`, `.hostIPs`',
      /^(metadata\.(name|namespace|uid|(labels|annotations)(\['[A-Za-z0-9._/-]{1,317}'\])?)|spec\.(nodeName|serviceAccountName)|status\.(podIPs?|hostIPs?))$/,
    ),
  },
}
const resourceRefTable: Table = {
  title: 'Resources of a container',
  rows: {
    containerName: objectName,
    resource: shaped('`requests` or `limits` of one', /^(requests|limits)\.[a-z0-9./-]{1,100}$/),
    divisor: quantity,
  },
}
export const fieldRef = fields(fieldRefTable)
export const resourceFieldRef = fields(resourceRefTable)

const downwardItemTable: Table = {
  title: 'Item of a downwardAPI volume',
  rows: { path: text, mode, fieldRef, resourceFieldRef },
}
const downwardItems = list(fields(downwardItemTable))

const tokenTable: Table = {
  title: 'Token of the pods’ account',
  rows: {
    path: rule(
      'a path, where the pods have a ServiceAccount of their own',
      (value, facts) => typeof value === 'string' && isOwnAccount(facts.own?.account),
      'name a `serviceAccountName` that is the app’s: the account `default` is shared',
    ),
    audience: text,
    expirationSeconds: number(600, 4_294_967_296),
  },
}

const projectedSourceTable: Table = {
  title: 'Source of a projected volume',
  rows: {
    configMap: fields({
      title: 'ConfigMap of a projected volume',
      rows: { name: ownConfigMap, items, optional: flag },
    }),
    secret: fields({ title: 'Secret of a projected volume', rows: { name: ownSecret, items, optional: flag } }),
    downwardAPI: fields({ title: 'downwardAPI of a projected volume', rows: { items: downwardItems } }),
    serviceAccountToken: fields(tokenTable, { required: ['path'] }),
    clusterTrustBundle: never('put the certificates into a ConfigMap of the manifests'),
  },
}

const size: Rule = map('`storage`', (key, value) => {
  if (key !== 'storage') return 'is not a field that manifests may have: leave it out'
  return quantity.judge(value, '', undefined as never).length === 0
    ? undefined
    : `may be a quantity, not ${showForeign(value)}`
})
const claimTable: Table = {
  title: 'Claim of a volume',
  rows: {
    accessModes: list(only('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'), { required: true }),
    resources: fields({ title: 'Size of a volume’s claim', rows: { requests: size, limits: size } }),
    storageClassName: objectName,
    volumeMode: only('Filesystem'),
    volumeName: never('a volume that exists may be another’s'),
    selector: never('a volume that exists may be another’s'),
    dataSource: never('a claim or snapshot that exists may be another’s'),
    dataSourceRef: never('a claim or snapshot that exists may be another’s'),
  },
}

/** Not of a name with a dot: those are the claims that Stevedore makes for environments. */
const claimName = shaped(
  'a name without dots, of at most 63 letters, digits and dashes',
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
)

export const volumeClaimTable = describe('PersistentVolumeClaim', ['v1'], {
  metadata: metadata({
    title: 'Metadata of a PersistentVolumeClaim',
    rows: { ...metadataTable.rows, name: claimName },
  }),
  spec: fields(claimTable, { required: ['accessModes', 'resources'] }),
})

const claimTemplateTable: Table = {
  title: 'Template of a volume’s claim',
  rows: {
    metadata: fields(claimMetadataTable),
    spec: fields(claimTable),
  },
}

const onDisk = 'use `emptyDir` or `ephemeral`'
export const volumeTable: Table = {
  title: 'Volume',
  rows: {
    name: objectName,
    configMap: fields({
      title: 'ConfigMap volume',
      rows: { name: ownConfigMap, items, defaultMode: mode, optional: flag },
    }),
    secret: fields({
      title: 'Secret volume',
      rows: { secretName: ownSecret, items, defaultMode: mode, optional: flag },
    }),
    emptyDir: fields({ title: 'emptyDir volume', rows: { medium: only('', 'Memory'), sizeLimit: quantity } }),
    downwardAPI: fields({ title: 'downwardAPI volume', rows: { items: downwardItems, defaultMode: mode } }),
    projected: fields({
      title: 'Projected volume',
      rows: { sources: list(fields(projectedSourceTable)), defaultMode: mode },
    }),
    persistentVolumeClaim: fields(
      { title: 'Claim volume', rows: { claimName: ownClaim, readOnly: flag } },
      { required: ['claimName'] },
    ),
    ephemeral: fields({ title: 'Ephemeral volume', rows: { volumeClaimTemplate: fields(claimTemplateTable) } }),
    hostPath: never(onDisk),
    csi: never(onDisk),
    nfs: never(onDisk),
    image: never('copy the files by an init container'),
  },
}
