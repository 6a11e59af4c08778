import { AnsiUp } from 'ansi_up'

/** A part of a line that looks alike. */
export interface Piece {
  text: string
  /** Class names, with spaces between; empty for plain text. */
  look: string
}

/** How text looks, as the codes before it have set it: they hold until others do, over the ends of lines. */
export interface Look {
  bold: boolean
  faint: boolean
  italic: boolean
  underline: boolean
  fg: { class_name: string } | null
  bg: { class_name: string } | null
}

type Fragment = Look & { text: string }

/** What the vendor's own hooks are: it would make markup of them, and here they hand on the parts. */
interface Hooks extends Look {
  ansi_to_html(text: string): string
  transform_to_html(fragment: Fragment): string
  process_hyperlink(packet: { text: string }): string
}

export const plain: Look = { bold: false, faint: false, italic: false, underline: false, fg: null, bg: null }

/** Splits a line by its colours. No markup is ever made of it: the parts become texts of the page. @param begin how it looks before its first code */
export function splitColours(line: string, begin: Look = plain): Piece[] {
  // Most lines have none.
  if (!line.includes('\u001b')) return [{ text: showUnseen(line), look: nameLook(begin) }]
  const pieces: Piece[] = []
  readCodes(`${line}\n`, begin, (fragment) => {
    if (fragment.text !== '') pieces.push({ text: showUnseen(fragment.text), look: nameLook(fragment) })
  })
  const last = pieces.at(-1)
  if (last) last.text = last.text.replace(/\\u000a$/, '')
  return pieces.filter(({ text }) => text !== '')
}

/** How the text behind a line looks. */
export function findEndLook(line: string, begin: Look): Look {
  return readCodes(`${line}\n`, begin, () => {})
}

export function changesLook(from: Look, to: Look): boolean {
  return (Object.keys(plain) as (keyof Look)[]).some((name) => from[name] !== to[name])
}

/** Its palette is made with it, and it is asked for each line. */
const ansi = new AnsiUp() as unknown as Hooks & { _buffer: string }

/** Hands on the parts of a text, which ends with its line: a sequence that it ended within would be kept back, as for more to come. */
function readCodes(text: string, begin: Look, take: (fragment: Fragment) => void): Look {
  Object.assign(ansi, begin, { _buffer: '' })
  ansi.transform_to_html = (fragment) => {
    take(fragment)
    return ''
  }
  ansi.process_hyperlink = ({ text }) => ansi.transform_to_html({ ...pickLook(ansi), text })
  ansi.ansi_to_html(text)
  return pickLook(ansi)
}

function pickLook({ bold, faint, italic, underline, fg, bg }: Look): Look {
  return { bold, faint, italic, underline, fg, bg }
}

function nameLook({ bold, faint, italic, underline, fg, bg }: Look): string {
  const named = (colour: Look['fg'], where: string) =>
    colour && colour.class_name !== 'truecolor' ? `${colour.class_name}-${where}` : ''
  return [
    bold && 'bold',
    faint && 'faint',
    italic && 'italic',
    underline && 'underline',
    named(fg, 'fg'),
    named(bg, 'bg'),
  ]
    .filter(Boolean)
    .join(' ')
}

/** Characters that are obeyed instead of shown, and those that turn the order of a line, stand as they are written in code. */
function showUnseen(text: string): string {
  return text.replace(
    /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
