import { createHash } from 'node:crypto'

interface Shell {
  /** Where the assets lie. */
  root: string
  modules: { path: string; specifier: string | undefined; isLate: boolean }[]
  sprite: string
}

/** The page that all of the console's addresses answer with, and the policy that it is shown under. It holds nothing of anybody. */
export function renderPage({ root, modules, sprite }: Shell): { html: string; policy: string } {
  const named = modules.flatMap(({ path, specifier }) => (specifier ? [[specifier, `${root}/${path}`]] : []))
  const importMap = JSON.stringify({ imports: Object.fromEntries(named) })
  const preloads = modules
    .filter(({ isLate }) => !isLate)
    .map(({ path }) => `<link rel="modulepreload" href="${root}/${path}">`)
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stevedore</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${root}/console.css">
<script type="importmap">${importMap}</script>
${preloads.join('\n')}
<script type="module" src="${root}/main.ts"></script>
</head>
<body>
${sprite}
<div id="console"><noscript>The console needs JavaScript. The command line does not: <code>stevedore status</code></noscript>
<p class="unloaded">Not all of the console has arrived yet. Where this stays: <a href="">load it again</a>.</p></div>
</body>
</html>
`
  return { html, policy: writePolicy(importMap) }
}

/** A ship's hook, small and in one colour. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2f7d6b" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M12 6v16M5 12H2a10 10 0 0 0 20 0h-3"/><circle cx="12" cy="4" r="2"/></svg>',
)}`

function writePolicy(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64')
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
