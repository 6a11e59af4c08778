import { type Draft, leaveOut, leaveToPerson, readSetting, settingPath, takeSetting } from './draft.ts'
import { toFreeName } from './names.ts'
import { fieldOf, fieldsOf } from './values.ts'

/** As many as an environment may have. */
const mostVolumes = 10

/** A volume at a path, unless one is there already. */
export function takeVolume(draft: Draft, path: string, { name, from }: { name?: string; from: string }): void {
  const bare = path.replace(/\/{1,200}$/, '')
  const known = fieldsOf(readSetting(draft, 'volumes'))
  if (Object.values(known).some((volume) => fieldOf(fieldsOf(volume), 'path') === bare)) return
  if (Object.keys(known).length >= mostVolumes) {
    leaveOut(draft, `volume ${path}`, `an environment has at most ${mostVolumes}`)
    return
  }
  const free = toFreeName(name ?? bare.split('/').at(-1) ?? '', new Set(Object.keys(known)))
  const size = draft.engine === 'kubernetes' ? { size: '10Gi' } : {}
  takeSetting(draft, ['volumes', free], { path: bare, ...size }, from)
  if (Object.keys(known).length > 0) return
  leaveToPerson(
    draft,
    settingPath(draft, 'volumes'),
    `A volume begins empty and is open to one process: one replica, stopped before the next is started. \`shared: true\` where two may have it${draft.engine === 'kubernetes' ? '; its size is a guess' : ''}.`,
  )
}
