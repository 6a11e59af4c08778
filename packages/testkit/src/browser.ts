import { type ConsoleMessage, chromium, type Page } from 'playwright-core'
import { type Component, findProgram } from './component.ts'

const program = findProgram('chromium', 'chromium-browser', 'google-chrome')

export const browserComponent: Component = {
  name: 'Chromium',
  found: program !== undefined,
  bring: 'apt-get install chromium',
}

export interface TestBrowser {
  /** A page with cookies of its own, and nothing remembered. */
  openPage(): Promise<TestPage>
  close(): Promise<void>
}

export interface TestPage {
  page: Page
  /** What its scripts and its policy complained of so far. */
  complaints: string[]
  /** The origins that it asked for something so far. */
  origins: Set<string>
}

/** On a loaded machine a first page takes its time. */
const patienceMs = 100_000

/** Starts a real browser that talks to nobody but the pages. @param hosts names that it finds on this machine */
export async function startBrowser({ hosts = [] }: { hosts?: string[] } = {}): Promise<TestBrowser> {
  if (!program) throw new Error(`no browser here; bring it with: ${browserComponent.bring}`)
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')
  const browser = await chromium.launch({
    executablePath: program,
    timeout: patienceMs,
    args: [...quiet, ...(rules ? [`--host-resolver-rules=${rules}`] : [])],
  })
  return {
    async openPage() {
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      context.setDefaultTimeout(patienceMs)
      return watch(await context.newPage())
    },
    close: () => browser.close(),
  }
}

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser drops what is under way when a container beside it brings or takes an address: the page asks again. */
function isOfMachine(message: ConsoleMessage): boolean {
  return message.text().includes('ERR_NETWORK_CHANGED')
}

function watch(page: Page): TestPage {
  const complaints: string[] = []
  const origins = new Set<string>()
  page.on(
    'console',
    (message) => message.type() === 'error' && !isOfMachine(message) && complaints.push(message.text()),
  )
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:') origins.add(origin)
  })
  return { page, complaints, origins }
}
