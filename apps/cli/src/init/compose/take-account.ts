import { type Draft, leaveOut, leaveToPerson, settingPath, takeSetting } from '../draft.ts'
import { fieldOf } from '../values.ts'
import { isSet, type Service, textOf, textsOf } from './read-project.ts'
import { takeWritable } from './take-volumes.ts'

/** Who a service runs as, and what it may. */
export function takeAccount(draft: Draft, { fields }: Service, file: string): void {
  takeRights(draft, { fields }, file)
  if (isSet(fieldOf(fields, 'init'))) takeSetting(draft, ['init'], true, `init in ${file}`)
  takeRoot(draft, isSet(fieldOf(fields, 'read_only')), file)
}

/** What holds of an app and of a companion alike. */
export function takeRights(draft: Draft, { fields }: Pick<Service, 'fields'>, file: string): void {
  takeUser(draft, textOf(fieldOf(fields, 'user')), file)
  for (const path of textsOf(fieldOf(fields, 'tmpfs'))) takeWritable(draft, path)
  const added = textsOf(fieldOf(fields, 'cap_add')).map((name) => name.toUpperCase().replace(/^CAP_/, ''))
  if (added.length > 0) takeSetting(draft, ['capabilities'], [...new Set(added)], `cap_add in ${file}`)
}

function takeUser(draft: Draft, user: string | undefined, file: string): void {
  const [, account, group = account] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user ?? '') ?? []
  if (user === undefined) return
  if (account === undefined) {
    leaveOut(draft, `user ${user}`, 'is given as a number here; without one the USER of the image counts')
    return
  }
  if (Number(account) === 0) {
    leaveOut(
      draft,
      `user ${user}`,
      'root takes `allowRoot: true` beside `user: 0`; without it the app runs as 1000, or as the USER of its image',
    )
    return
  }
  takeSetting(draft, ['user'], Number(account), `user in ${file}`)
  if (group !== account) leaveOut(draft, `group ${group}`, 'a user is its own group')
}

/** A service may write where it likes, unless it says otherwise; an app may not. */
function takeRoot(draft: Draft, isReadOnly: boolean, file: string): void {
  if (isReadOnly) {
    takeSetting(draft, ['readOnlyRoot'], true, `read_only in ${file}`)
    return
  }
  takeSetting(draft, ['readOnlyRoot'], false, `as in ${file}`)
  leaveToPerson(
    draft,
    settingPath(draft, 'readOnlyRoot'),
    'Safer without this line: then the app writes to `volumes` and `writablePaths` alone.',
  )
}
