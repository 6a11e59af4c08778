import { escapeHtml, renderPage } from './html-page.ts'

export interface SignIn {
  /** Where the form goes. */
  action: string
  /** The own path to be led to. */
  to: string
  /** Why the last try was refused. */
  fault?: string | undefined
}

/** Asks for a token. */
export function renderSignInPage({ action, to, fault }: SignIn): string {
  return renderPage(
    'Stevedore: sign in',
    `<h1>Stevedore</h1>
${fault ? `<p role="alert">${escapeHtml(fault)}</p>` : ''}
<form method="post" action="${escapeHtml(action)}">
  <label for="token">A token</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <input name="to" type="hidden" value="${escapeHtml(to)}">
  <button>Sign in</button>
</form>
<p><small>An admin makes one: <code>stevedore token create NAME --role viewer</code></small></p>`,
  )
}

/** Asks whether to leave: a link may be followed by a browser on its own, a form may not. */
export function renderSignOutPage(action: string, back: string): string {
  return renderPage(
    'Stevedore: sign out',
    `<h1>Stevedore</h1>
<form method="post" action="${escapeHtml(action)}">
  <button autofocus>Sign out</button>
</form>
<p><a href="${escapeHtml(back)}">Back</a></p>`,
  )
}
