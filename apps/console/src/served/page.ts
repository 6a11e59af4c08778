import { createHash } from 'node:crypto'

export const scriptPath = 'console.js'
export const stylePath = 'console.css'

interface Shell {
  /** Where the assets lie. */
  root: string
  sprite: string
}

/** The page that all of the console's addresses answer with, and the policy that it is shown under. It holds nothing of anybody. */
export function renderPage({ root, sprite }: Shell): { html: string; policy: string } {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stevedore</title>
<link rel="icon" href="${icon}">
<script>${loadAgain}</script>
<link rel="stylesheet" href="${root}/${stylePath}">
<script type="module" src="${root}/${scriptPath}"></script>
</head>
<body>
${sprite}
<div id="console"><noscript>The console needs JavaScript. The command line does not: <code>stevedore status</code></noscript>
<p class="unloaded">Not all of the console has arrived yet; what is missing is asked for again. Where this stays: <a href="">load it anew</a>.</p></div>
</body>
</html>
`
  return { html, policy: writePolicy() }
}

/**
 * What did not arrive, because the network changed under the browser or a server was just being replaced, is asked for again by loading the
 * page anew, later each time. How often that was is kept with the page's place in the browser's history, which outlives the loading.
 */
const loadAgain = `addEventListener('error', ({ target }) => {
  if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return
  const times = (history.state?.timesLoaded ?? 0) + 1
  setTimeout(() => {
    history.replaceState({ timesLoaded: times }, '')
    location.reload()
  }, Math.min(500 * 2 ** times, 30000))
}, true)`

/** A ship's hook, small and in one colour. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2f7d6b" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M12 6v16M5 12H2a10 10 0 0 0 20 0h-3"/><circle cx="12" cy="4" r="2"/></svg>',
)}`

function writePolicy(): string {
  const hash = createHash('sha256').update(loadAgain).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The one that puts templates into the page; the values in them are texts.
    'trusted-types lit-html',
  ].join('; ')
}
