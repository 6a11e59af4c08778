import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Catalogue, catalogue } from './metric-catalogue.ts'

type MetricOf<E> = E extends { type: infer T; labels: readonly (infer L extends string)[] }
  ? T extends 'counter'
    ? Counter<L>
    : T extends 'gauge'
      ? Gauge<L>
      : Histogram<L>
  : never

export type Metrics = { [K in keyof Catalogue]: MetricOf<Catalogue[K]> } & {
  contentType: string
  /** All metrics, those of the process included, in Prometheus' text format. */
  render(): Promise<string>
}

const classes = { counter: Counter, gauge: Gauge, histogram: Histogram }

/** Metrics in a registry of their own, so that an api and a worker in one process do not share counts by accident. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const own = Object.entries(catalogue).map(([key, { type, name, labels, help, ...rest }]) => {
    const Metric = classes[type]
    return [key, new Metric({ name, help, labelNames: [...labels], registers: [registry], ...rest })]
  })
  return { ...Object.fromEntries(own), contentType: registry.contentType, render: () => registry.metrics() }
}
