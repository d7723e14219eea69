/** A component of a product of Red Hat's, in Vedette's words. */
import type { Affected } from '../../../model/advisory.ts';
import { normalizeName, osvStream } from '../../streams/index.ts';
import { statusOf } from './states.ts';

const MAJOR = /^cpe:\/[oa]:redhat:(enterprise_linux:\d{1,2}(?:::[a-z0-9_]+)?)$/;

export interface Component {
  readonly name: string;
  /** `name:stream`; undefined outside modules. */
  readonly module?: string;
  readonly names: 'source' | 'binary';
}

/** A source package by its name, with the module before a slash where it is in one (`nodejs:18/nodejs`). */
export function sourceComponent(text: string): Component {
  const slash = text.lastIndexOf('/');
  return { name: text.slice(slash + 1), ...(slash < 0 ? {} : { module: text.slice(0, slash) }), names: 'source' };
}

/** Undefined for other products, for container images (`rhel8/podman`) and for words that are no state. */
export function affectedOf(cpe: string, { name, module, names }: Component, state: string): Affected | undefined {
  const product = MAJOR.exec(cpe)?.[1];
  const status = statusOf(state);
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
    names,
    note: state.slice(0, 100),
  };
}
