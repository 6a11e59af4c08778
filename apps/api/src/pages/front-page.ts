import { renderPage } from './html-page.ts'

/** What is here, for whoever opens the bare address. */
export const frontPage = renderPage(
  'Stevedore',
  `<h1>Stevedore</h1>
<p>Builds, pushes, deploys and rolls back apps. Ask it with the command <code>stevedore</code>, or by its API.</p>
<ul>
<li><a href="/queues">The queues</a>: sign in with a token</li>
<li><a href="/docs/">The API</a>, to be read and tried (<a href="/openapi.json">OpenAPI</a>)</li>
<li><a href="/ready">Whether it is ready</a>, and <a href="/health">whether it answers</a></li>
</ul>`,
)
