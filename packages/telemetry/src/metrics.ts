import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Catalogue, catalogue } from './metric-catalogue.ts'
import { version } from './version.ts'

type MetricOf<E> = E extends { type: infer T; labels: readonly (infer L extends string)[] }
  ? T extends 'counter'
    ? Counter<L>
    : T extends 'gauge'
      ? Gauge<L>
      : Histogram<L>
  : never

export type Metrics = { [K in keyof Catalogue]: MetricOf<Catalogue[K]> } & {
  contentType: string
  /** Has what is measured by looking, rather than counted as it happens, brought up to date before each answer. */
  beforeRender(look: () => void): void
  /** All metrics, those of the process included, in Prometheus' text format. */
  render(): Promise<string>
}

const classes = { counter: Counter, gauge: Gauge, histogram: Histogram }

/** What labels may say that others decide: kinds of jobs, codes of failures. */
export type LabelValues = Readonly<Record<string, readonly string[]>>

/**
 * Metrics in a registry of their own, so that an api and a worker in one process do not share counts by accident. What is
 * counted by labels whose values are known begins at 0: a count that is born with its first increment hides it from every rate.
 */
export function createMetrics(values: LabelValues = {}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const own = Object.entries(catalogue).map(([key, { type, name, labels, help, ...rest }]) => {
    const Metric = classes[type]
    const metric = new Metric({ name, help, labelNames: [...labels], registers: [registry], ...rest })
    for (const set of listSets(labels, { ...values, ...('values' in rest && rest.values) })) startAtZero(metric, set)
    return [key, metric]
  })
  const looks: (() => void)[] = []
  const metrics: Metrics = {
    ...Object.fromEntries(own),
    contentType: registry.contentType,
    beforeRender: (look) => void looks.push(look),
    render() {
      for (const look of looks) look()
      return registry.metrics()
    },
  }
  metrics.buildInfo.set({ version, node: process.version }, 1)
  return metrics
}

type LabelSet = Record<string, string>

/** Every combination; none where a label may say anything. */
function listSets(labels: readonly string[], values: LabelValues): LabelSet[] {
  return labels.reduce<LabelSet[]>(
    (sets, label) => sets.flatMap((set) => (values[label] ?? []).map((value) => ({ ...set, [label]: value }))),
    [{}],
  )
}

function startAtZero(metric: Counter | Gauge | Histogram, labels: LabelSet): void {
  if (metric instanceof Histogram) metric.zero(labels)
  else if (metric instanceof Counter) metric.inc(labels, 0)
  else metric.set(labels, 0)
}
