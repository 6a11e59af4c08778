import { AnsiUp } from 'ansi_up'

/** A part of a line that looks alike. */
export interface Piece {
  text: string
  /** Class names, with spaces between; empty for plain text. */
  look: string
}

interface Fragment {
  text: string
  bold: boolean
  faint: boolean
  italic: boolean
  underline: boolean
  fg: { class_name: string } | null
  bg: { class_name: string } | null
}

/** What the vendor's own hooks are: it would make markup of them, and here they hand on the parts. */
interface Hooks {
  ansi_to_html(text: string): string
  transform_to_html(fragment: Fragment): string
  process_hyperlink(packet: { text: string }): string
}

/** Splits a line by its colours. No markup is ever made of it: the parts become texts of the page. */
export function splitColours(line: string): Piece[] {
  // Most lines have none.
  if (!line.includes('\u001b')) return [{ text: showUnseen(line), look: '' }]
  const pieces: Piece[] = []
  const ansi = new AnsiUp() as unknown as Hooks
  ansi.transform_to_html = (fragment) => {
    if (fragment.text !== '') pieces.push({ text: showUnseen(fragment.text), look: nameLook(fragment) })
    return ''
  }
  ansi.process_hyperlink = ({ text }) => ansi.transform_to_html({ ...plain, text })
  // A sequence that the line ends within would be kept back, as for more to come.
  ansi.ansi_to_html(`${line}\n`)
  const last = pieces.at(-1)
  if (last) last.text = last.text.replace(/\\u000a$/, '')
  return pieces.filter(({ text }) => text !== '')
}

const plain = { bold: false, faint: false, italic: false, underline: false, fg: null, bg: null }

function nameLook({ bold, faint, italic, underline, fg, bg }: Fragment): string {
  const named = (colour: Fragment['fg'], where: string) =>
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
