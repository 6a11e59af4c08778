import type { EnvironmentView, ImageView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { openBuild, openPush } from '../../acts/build.ts'
import { openDeploy } from '../../acts/deploy.ts'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { viewHealth } from '../../parts/health.ts'
import { icon } from '../../parts/icon.ts'
import { linkEnvironment, linkJob, nameActor } from '../../parts/job.ts'
import { viewJobs } from '../../parts/jobs.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { formatBytes } from '../../parts/revision.ts'
import { describeThreshold, viewScanned } from '../../parts/scan.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import { viewTraffic } from '../../parts/traffic.ts'
import type { Seen } from '../../screen.ts'
import { may, type State } from '../../state.ts'
import type { AppData } from './load.ts'
import { viewSpec } from './spec.ts'
import { viewTriggers } from './triggers.ts'

export function viewApp(seen: Seen<AppData>): TemplateResult {
  const { state, data } = seen
  const { app, jobs } = data
  const { nowMs } = state
  return html`
    ${viewPageHead({
      title: app.app,
      about: html`Declared by ${nameActor(app.declaredBy)} ${viewAge(app.declaredAt, nowMs)}, version ${app.specVersion} of its spec`,
      acts: viewActs(state, data),
    })}
    <section aria-labelledby="environments">
      <h2 id="environments">Environments</h2>
      ${viewEnvironments(state, data)}
    </section>
    <section aria-labelledby="images">
      <h2 id="images">What was built</h2>
      ${app.spec.scan ? html`<p class="dim">${describeThreshold(app.spec.scan.fail)} The job of a version tells the findings.</p>` : nothing}
      ${viewImages(state, data)}
    </section>
    <section aria-labelledby="jobs">
      <h2 id="jobs">Last jobs</h2>
      ${viewJobs({ caption: 'Its last jobs', jobs, nowMs, empty: viewEmpty('No job was ever asked for.', `stevedore build ${app.app}`) })}
    </section>
    ${viewTriggers(data, nowMs)}
    ${viewSpec(seen)}`
}

function viewActs(state: State, { app, images, environments }: AppData): TemplateResult {
  const [first] = environments
  return html`
    ${may(state, 'deploy') ? html`<button class=${images.length === 0 ? 'primary' : ''} @click=${() => openBuild(app)}>${icon('hammer')}Build</button>` : nothing}
    ${may(state, 'deploy') && first && images.length > 0 ? html`<button class="primary" @click=${() => openDeploy(first, images, undefined, environments)}>${icon('rocket')}Deploy</button>` : nothing}
    ${may(state, 'administer') ? html`<a class="button" href="/console/declare?app=${app.app}">Change the spec</a>` : nothing}`
}

function viewEnvironments({ nowMs }: State, { app, environments }: AppData): TemplateResult {
  return viewTable<EnvironmentView>({
    caption: `Environments of ${app.app}`,
    rows: environments,
    columns: [
      {
        word: 'Environment',
        kind: 'name',
        cell: ({ environment }) => html`<a href=${linkEnvironment(app.app, environment)}>${environment}</a>`,
      },
      { word: 'Version', cell: ({ desired }) => (desired ? html`<code>${desired.version}</code>` : nothing) },
      { word: 'Revision', kind: 'number', cell: ({ desired }) => (desired ? `r${desired.number}` : nothing) },
      { word: 'Health', cell: viewHealth },
      { word: 'Traffic', cell: ({ observed }) => viewTraffic(observed?.traffic ?? {}) },
      { word: 'Deployed', cell: ({ desired }) => (desired ? viewAge(desired.activatedAt, nowMs) : nothing) },
    ],
    empty: viewEmpty(
      'Its spec names no environment: add one below `environments` and declare it again.',
      'stevedore apply',
    ),
  })
}

function viewImages(state: State, { app, images, environments }: AppData): TemplateResult {
  const [first] = environments
  return viewTable<ImageView>({
    caption: 'Images, the newest first',
    rows: images,
    key: ({ jobId, target }) => `${jobId} ${target}`,
    columns: [
      { word: 'Version', kind: 'name', cell: ({ version, jobId }) => html`<a href=${linkJob(jobId)}>${version}</a>` },
      { word: 'Target', cell: ({ target }) => target },
      {
        word: 'Digest',
        cell: ({ digest }) => (digest ? html`<code title=${digest}>${digest.slice(7, 19)}</code>` : nothing),
      },
      { word: 'Size', kind: 'number', cell: ({ report }) => formatBytes(report.size) },
      { word: 'Scan', cell: ({ scan }) => viewScanned(scan) },
      { word: 'Built', cell: ({ report }) => viewAge(report.build_date, state.nowMs) },
      {
        word: 'Pushed',
        cell: ({ pushedAt }) =>
          pushedAt ? viewAge(pushedAt, state.nowMs) : viewBadge('quiet', 'circle-dashed', 'not pushed'),
      },
      {
        word: 'Acts',
        kind: 'row-acts',
        cell: (image) =>
          may(state, 'deploy')
            ? html`${
                image.pushedAt === null && app.spec.image.registry
                  ? html`<button aria-label="Push ${image.version} ${image.target}" @click=${() => openPush(app, image)}>${icon('upload')}Push</button>`
                  : nothing
              }${first ? html`<button aria-label="Deploy ${image.version} ${image.target}" @click=${() => openDeploy(first, images, image.version, environments)}>${icon('rocket')}Deploy</button>` : nothing}`
            : nothing,
      },
    ],
    empty: viewEmpty('Nothing was built yet.', `stevedore build ${app.app}`),
  })
}
