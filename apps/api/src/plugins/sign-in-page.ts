/** Asks for a token and posts it. No script, nothing from elsewhere. */
export const signInPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stevedore: sign in</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; }
  form { display: grid; gap: .5rem; width: 20rem; }
  input, button { font: inherit; padding: .4rem .6rem; }
</style>
<form method="post" action="/queues/sign-in">
  <label for="token">A token with the right to read</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <button>Show the queues</button>
</form>
</html>
`
