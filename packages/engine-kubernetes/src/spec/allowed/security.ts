import { fields, list, never, number, only, onlyBut, type Rule, rule, type Table, texts } from './rule.ts'

const largestId = 2_147_483_647

/** Root is somebody's decision, which the spec records. */
const user: Rule = rule(
  'a number that is not 0; 0 where the spec says `allowRoot: true`',
  (value, { release }) =>
    Number.isInteger(value) &&
    Number(value) <= largestId &&
    (Number(value) > 0 || (value === 0 && release.settings.allowRoot)),
  'say `allowRoot: true` in the spec for an image that has to be root',
)
const nonRoot: Rule = rule(
  '`true`; `false` where the spec says `allowRoot: true`',
  (value, { release }) => value === true || (value === false && release.settings.allowRoot),
  'say `allowRoot: true` in the spec for an image that has to be root',
)
const group = number(0, largestId)

const seccompTable: Table = {
  title: 'Seccomp profile',
  rows: {
    type: only('RuntimeDefault'),
    localhostProfile: never('profiles of the nodes are the operator’s'),
  },
}
const appArmorTable: Table = {
  title: 'AppArmor profile',
  rows: {
    type: only('RuntimeDefault'),
    localhostProfile: never('profiles of the nodes are the operator’s'),
  },
}

/** What pods and containers share. */
const common = {
  runAsUser: user,
  runAsGroup: group,
  runAsNonRoot: nonRoot,
  seccompProfile: fields(seccompTable, { required: ['type'] }),
  appArmorProfile: fields(appArmorTable, { required: ['type'] }),
  seLinuxOptions: never('a pod has the label that the cluster gives it'),
  windowsOptions: never('`hostProcess` and accounts of Windows are the operator’s'),
}

export const podSecurityTable: Table = {
  title: 'Security context of pods',
  rows: {
    ...common,
    fsGroup: group,
    fsGroupChangePolicy: only('OnRootMismatch', 'Always'),
    supplementalGroups: list(group),
    supplementalGroupsPolicy: only('Merge', 'Strict'),
    sysctls: never('they are the operator’s'),
  },
}

const added = list(
  rule(
    '`NET_BIND_SERVICE`, or one of `capabilities` in the spec',
    (value, { release }) =>
      value === 'NET_BIND_SERVICE' || Boolean(release.settings.capabilities?.some((name) => name === value)),
    'name it under `capabilities` in the spec',
  ),
)
const capabilitiesTable: Table = { title: 'Capabilities', rows: { add: added, drop: texts } }

const noPrivilege = 'name what is needed under `capabilities` in the spec'
export const containerSecurityTable: Table = {
  title: 'Security context of a container',
  rows: {
    ...common,
    privileged: onlyBut(noPrivilege, false),
    allowPrivilegeEscalation: onlyBut(noPrivilege, false),
    readOnlyRootFilesystem: only(true, false),
    capabilities: fields(capabilitiesTable),
    procMount: only('Default'),
  },
}
