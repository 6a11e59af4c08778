/** Its `style-src` is all that a page of ours asks for beyond the strict defaults; forms go to the own server. */
export const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A page without script, with nothing from elsewhere. @param body of HTML that is safe to show */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-content: center; min-height: 100vh; }
  main { box-sizing: border-box; width: min(24rem, 100vw); padding: 1.5rem; }
  h1 { font-size: 1.4rem; margin: 0 0 1rem; }
  form { display: grid; gap: .6rem; }
  input, button { font: inherit; padding: .45rem .6rem; }
  ul { padding-left: 1.2rem; }
  [role=alert] { border-left: 3px solid #c62828; padding-left: .7rem; }
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
