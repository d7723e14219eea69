/** Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */

type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  counter(name: string, help: string): { add(labels: Labels, by?: number): void };
  /** `buckets`: upper bounds, ascending. */
  histogram(name: string, help: string, buckets: readonly number[]): { observe(labels: Labels, value: number): void };
  /** A value that is asked for when metrics are read. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  text(): Promise<string>;
}

type Lines = () => string[] | Promise<string[]>;

function write(name: string, labels: Labels, value: number): string {
  const parts = Object.entries(labels).map(
    ([key, text]) => `${key}="${text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))}"`,
  );
  return `${name}${parts.length > 0 ? `{${parts.join(',')}}` : ''} ${value}`;
}

/** Values by their labels. */
function series<T>(make: () => T) {
  const values = new Map<string, { readonly labels: Labels; value: T }>();
  return {
    at(labels: Labels): { readonly labels: Labels; value: T } {
      const key = JSON.stringify(labels);
      let found = values.get(key);
      if (found === undefined) {
        found = { labels, value: make() };
        values.set(key, found);
      }
      return found;
    },
    all: () => [...values.values()],
  };
}

export function createMetrics(): Metrics {
  const families: { readonly name: string; readonly help: string; readonly type: string; readonly lines: Lines }[] = [];
  return {
    counter(name, help) {
      const all = series(() => 0);
      families.push({
        name,
        help,
        type: 'counter',
        lines: () => all.all().map(({ labels, value }) => write(name, labels, value)),
      });
      return {
        add(labels, by = 1) {
          all.at(labels).value += by;
        },
      };
    },
    histogram(name, help, buckets) {
      const all = series(() => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }));
      const lines = () =>
        all
          .all()
          .flatMap(({ labels, value: { counts, sum, count } }) => [
            ...buckets.map((bound, at) => write(`${name}_bucket`, { ...labels, le: String(bound) }, counts[at] ?? 0)),
            write(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
            write(`${name}_sum`, labels, sum),
            write(`${name}_count`, labels, count),
          ]);
      families.push({ name, help, type: 'histogram', lines });
      return {
        observe(labels, value) {
          const found = all.at(labels).value;
          found.sum += value;
          found.count += 1;
          for (const [at, bound] of buckets.entries()) if (value <= bound) found.counts[at] = (found.counts[at] ?? 0) + 1;
        },
      };
    },
    gauge(name, help, read) {
      families.push({ name, help, type: 'gauge', lines: async () => [write(name, {}, await read())] });
    },
    async text() {
      const lines: string[] = [];
      for (const family of families) {
        lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...(await family.lines()));
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
