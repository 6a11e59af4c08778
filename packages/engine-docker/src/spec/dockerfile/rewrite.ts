import { type Instruction, splitLines } from '@stevedore/formats'

/** An instruction as it is handed to the builder instead of what is written. */
export interface Replacement {
  instruction: Instruction
  text: string
}

/** The text with some of its instructions replaced. What follows keeps its line, so that a builder's words about it fit the original. */
export function rewriteDockerfile(text: string, replacements: readonly Replacement[]): string {
  const lines = splitLines(text)
  for (const { instruction, text: replaced } of replacements) {
    const count = instruction.lastLine - instruction.line + 1
    lines.splice(instruction.line - 1, count, replaced, ...Array.from({ length: count - 1 }, () => ''))
  }
  return lines.join('\n')
}

/**
 * `FROM --platform=… IMAGE AS name`, with the image that its variables gave.
 * @param image instead of that one
 */
export function writeFrom({ flagText, rest }: Instruction, image?: string): string {
  const taken = image === undefined ? rest : rest.replace(/^\S+/, () => image)
  return ['FROM', flagText, taken].filter(Boolean).join(' ')
}

/** @param from where the sources are, when they are not in the source: an image */
export function writeCopy({ name, flagText }: Instruction, paths: readonly string[], from: string | undefined): string {
  const verb = from === undefined ? [name, flagText] : ['COPY', `--from=${from}`, withoutFlagsOfAdd(flagText)]
  return [...verb, JSON.stringify(paths)].filter(Boolean).join(' ')
}

/** Whoever fetched the file or the repository has heeded them; COPY knows no such flags. */
function withoutFlagsOfAdd(flagText: string): string {
  return flagText.replaceAll(/--(checksum|keep-git-dir)(=\S*)?(\s+|$)/gi, '').trim()
}
