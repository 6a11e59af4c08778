import type { Terminal, TerminalLine } from '../../deploy-engine.ts'

/** A terminal of a test: what it shows, and what is typed into it. */
export function openTerminal() {
  const attached = Promise.withResolvers<TerminalLine>()
  const awaited: { text: string; resolve(): void }[] = []
  let shown = ''
  const terminal: Terminal = {
    size: { columns: 101, rows: 31 },
    attach: attached.resolve,
    async show(piece) {
      shown += piece.toString()
      for (const { text, resolve } of awaited) if (shown.includes(text)) resolve()
    },
  }
  return {
    terminal,
    attached: attached.promise,
    shown: () => shown,
    /** Resolves once it has shown this. */
    shows: (text: string) =>
      new Promise<void>((resolve) => {
        if (shown.includes(text)) resolve()
        else awaited.push({ text, resolve })
      }),
  }
}
