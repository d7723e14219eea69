/** A component of a product of Red Hat's, in Vedette's words. */
import type { Affected } from '../../../model/advisory.ts';
import { normalizeName, osvStream } from '../../streams/index.ts';
import { statusOf } from './states.ts';

const MAJOR = /^cpe:\/[oa]:redhat:(enterprise_linux:\d{1,2}(?:::[a-z0-9_]+)?)$/;

/**
 * Components are source packages, with the module before a slash where they are in one (`nodejs:18/nodejs`). Undefined for other
 * products, for container images (`rhel8/podman`) and for words that are no state.
 */
export function affectedOf(cpe: string, component: string, state: string): Affected | undefined {
  const product = MAJOR.exec(cpe)?.[1];
  const status = statusOf(state);
  const slash = component.lastIndexOf('/');
  const module = slash < 0 ? undefined : component.slice(0, slash);
  const name = component.slice(slash + 1);
  if (product === undefined || status === undefined || name === '' || (module !== undefined && !/^[^:/]+:[^:/]+$/.test(module)))
    return undefined;
  const stream = osvStream(`Red Hat:${product}`)?.stream;
  if (stream === undefined) return undefined;
  return {
    stream,
    name: normalizeName(stream, name),
    status,
    ranges: [{}],
    ...(module === undefined ? {} : { module }),
    names: 'source',
    note: state.slice(0, 100),
  };
}
