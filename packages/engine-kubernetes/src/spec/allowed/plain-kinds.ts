import { describe } from './describe.ts'
import { metadata, metadataTable } from './metadata.ts'
import { appName } from './own.ts'
import { flag, map, never, showForeign } from './rule.ts'

const texts = map('texts', (_, value) =>
  typeof value === 'string' ? undefined : `may be a text, not ${showForeign(value)}`,
)

export const configMapTable = describe('ConfigMap', ['v1'], { data: texts, binaryData: texts, immutable: flag })

/** One of another name may be an account that was given rights before it is there. */
const accountMetadataTable = {
  title: 'Metadata of a ServiceAccount',
  rows: { ...metadataTable.rows, name: appName },
}

export const serviceAccountTable = describe('ServiceAccount', ['v1'], {
  metadata: metadata(accountMetadataTable),
  automountServiceAccountToken: flag,
  secrets: never('Stevedore gives pods their Secrets'),
  imagePullSecrets: never('name `image.credential` in the spec'),
})
