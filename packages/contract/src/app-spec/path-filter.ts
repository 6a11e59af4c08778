import { z } from 'zod'

/** What some other notation gives a meaning to, and each its own: it would not say what its writer meant. */
const foreignSigns = /[?[\]{}\\]/

/** Files of a repository: `*` for any part of a name, `**` for any number of folders, each other sign for itself. */
const pathPattern = z
  .string()
  .min(1)
  .max(200)
  .superRefine((text, context) => {
    const fault = findPatternFault(text.replace(/^!/, ''))
    if (fault) context.addIssue({ code: 'custom', message: fault })
  })

function findPatternFault(glob: string): string | undefined {
  if (/\p{Cc}/u.test(glob)) return 'holds control characters'
  if (foreignSigns.test(glob)) return 'has no ?, [ ], { } or \\: use `*`, or a pattern for each'
  const parts = glob.split('/')
  if (glob.endsWith('/')) return `would fit no file: what is in that folder is \`${glob}**\``
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'begins at the root of the repository, without a slash, . or ..: services/api/**'
  if (parts.some((part) => part !== '**' && part.includes('**'))) return '`**` stands for whole folders: `**/*.js`'
  return undefined
}

/** Which files concern a trigger. One that begins with `!` takes away from those before it, as in GitHub Actions. */
export const pathFilter = z
  .array(pathPattern)
  .min(1)
  .max(20)
  .superRefine(([first], context) => {
    if (first?.startsWith('!'))
      context.addIssue({ code: 'custom', path: [0], message: 'takes away from nothing: begin with what counts, `**`' })
  })
