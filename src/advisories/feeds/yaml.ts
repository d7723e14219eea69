/** YAML documents of feeds: plain data, no tags, no aliases, dates as text. */
import { parseDocument } from 'yaml';
import { messageOf } from '../../model/problem.ts';
import { isObject, type JsonObject } from './json.ts';
import { Malformed } from './reading.ts';

const MAX_YAML_BYTES = 1024 * 1024;

/** The mapping that a document is. Throws `Malformed`. */
export function readYaml(content: Buffer): JsonObject {
  if (content.length > MAX_YAML_BYTES) throw new Malformed(`it is larger than ${MAX_YAML_BYTES} bytes`);
  const document = parseDocument(content.toString('utf8'), {
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error) throw new Malformed(`it is no YAML (${messageOf(error)})`);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (!isObject(value)) throw new Malformed('it is not a mapping');
  return value;
}
