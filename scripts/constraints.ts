/**
 * Writes src/api/inspector2/constraints.json: what the model of the Inspector v2 API says and the SDK's schemas leave out. Facts only,
 * from botocore (Apache-2.0), whose model should be of the time of the SDK in package.json. What the SDK does not know is left out; a test
 * compares the two.
 *
 *     pip download --no-deps botocore==1.43.107
 *     unzip -p botocore-*.whl botocore/data/inspector2/2020-06-08/service-2.json.gz > service-2.json.gz
 *     npm run constraints -- service-2.json.gz
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as sdk from '@aws-sdk/client-inspector2';

/** Smithy's numbers for schemas of structures, errors and unions. */
const STRUCTURES = [3, -3, 4];

/** Structures of which a member that is not known would be promised and not done. */
const CLOSED = new Set([
  'AutoEnable',
  'Destination',
  'Ec2Configuration',
  'EcrConfiguration',
  'UpdateConfigurationInheritance',
  'UpdateConfigurationRequest',
]);

interface BotoReference {
  readonly shape: string;
}

interface BotoShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, BotoReference>>;
  readonly required?: readonly string[];
  readonly union?: boolean;
  readonly member?: BotoReference;
  readonly key?: BotoReference;
  readonly value?: BotoReference;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly error?: { readonly httpStatusCode: number };
}

interface BotoOperation {
  readonly input: BotoReference;
  readonly output: BotoReference;
  readonly errors?: readonly BotoReference[];
}

interface BotoService {
  readonly operations: Readonly<Record<string, BotoOperation>>;
  readonly shapes: Readonly<Record<string, BotoShape>>;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Members that the SDK's schemas have, by structure. */
const known = new Map<string, ReadonlySet<string>>();
for (const value of Object.values(sdk) as unknown[]) {
  if (!Array.isArray(value) || !STRUCTURES.includes(value[0] as number)) continue;
  known.set(String(value[2]), new Set(value[4] as string[]));
}

function shape(
  name: string,
  { type, members, required, union, member, key, value, min, max, pattern, enum: values, error }: BotoShape,
) {
  // Smithy's patterns are Unicode expressions: one that is not would throw at the first request.
  if (pattern !== undefined) new RegExp(pattern, 'u');
  return {
    type: union === true ? 'union' : type,
    required,
    members:
      members &&
      Object.fromEntries(
        Object.entries(members)
          .filter(([member]) => known.get(name)?.has(member) ?? true)
          .map(([member, { shape: target }]) => [member, target]),
      ),
    // A criterion that is not known must not be ignored: more would be found, suppressed or exported than was asked for. Nor must configuration.
    closed: /Criteria$/.test(name) || CLOSED.has(name) || undefined,
    key: key?.shape,
    value: value?.shape,
    member: member?.shape,
    min,
    max,
    pattern,
    enum: values,
    status: error?.httpStatusCode,
  };
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give the path of service-2.json.gz');
const bytes = readFileSync(path);
const service = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as BotoService;
const operations = sorted(service.operations).map(([name, { input, output, errors = [] }]) => {
  return [name, { input: input.shape, output: output.shape, errors: errors.map((error) => error.shape).sort() }] as const;
});
const shapes = sorted(service.shapes).map(([name, value]) => [name, shape(name, value)] as const);
const line = ([name, value]: readonly [string, unknown]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
const text = `{\n"operations": {\n${operations.map(line).join(',\n')}\n},\n"shapes": {\n${shapes.map(line).join(',\n')}\n}\n}\n`;
writeFileSync(resolve(import.meta.dirname, '../src/api/inspector2/constraints.json'), text);
