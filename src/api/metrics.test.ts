import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

// https://prometheus.io/docs/instrumenting/exposition_formats/
test('the text format: escaped labels, cumulative buckets, gauges read when asked', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter('requests_total', 'Requests');
  counter.add({ path: 'a"\\\n' });
  counter.add({ path: 'a"\\\n' }, 2);
  const histogram = metrics.histogram('seconds', 'Time', [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe({ op: 'x' }, value);
  let units = 1;
  metrics.gauge('units', 'Units', async () => units);
  units = 5;
  assert.equal(
    await metrics.text(),
    `# HELP requests_total Requests
# TYPE requests_total counter
requests_total{path="a\\"\\\\\\n"} 3
# HELP seconds Time
# TYPE seconds histogram
seconds_bucket{op="x",le="0.1"} 2
seconds_bucket{op="x",le="1"} 3
seconds_bucket{op="x",le="+Inf"} 4
seconds_sum{op="x"} 7.65
seconds_count{op="x"} 4
# HELP units Units
# TYPE units gauge
units 5
`,
  );
});
